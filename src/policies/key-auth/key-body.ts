import { formBody } from './form-body.ts'
import type { KeyBody } from './found-key.ts'
import { jsonBody } from './json-body.ts'
import { multipartBody } from './multipart-body.ts'

/** @returns null for bodies we can't read: they hold no key, as in Kong. */
export function keyBody(contentType: string | undefined, bytes: Uint8Array | null): KeyBody | null {
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
