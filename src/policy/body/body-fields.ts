import type { BodyFields } from './body-field.ts'
import { formBody } from './form-body.ts'
import { jsonBody } from './json-body.ts'
import { multipartBody } from './multipart-body.ts'

/** @returns null for bodies we can't read: they hold no field, as in Kong. */
export function bodyFields(contentType: string | undefined, bytes: Uint8Array | null): BodyFields | null {
  if (contentType === undefined || bytes === null) return null
  switch (contentType.split(';', 1)[0]?.trim().toLowerCase()) {
    case 'application/json':
      return jsonBody(bytes)
    case 'application/x-www-form-urlencoded':
      return formBody(bytes)
    case 'multipart/form-data':
      return multipartBody(contentType, bytes)
    default:
      return null
  }
}
