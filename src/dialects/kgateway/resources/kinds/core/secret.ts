import { SecretBytes } from '../../../../../base/secret-bytes.ts'
import { base64, boolean, defaulted, map, object, text } from '../../schema/build.ts'
import type { Infer } from '../../schema/node.ts'

export const secretBody = object({
  type: defaulted(text(), 'Opaque'),
  data: map(base64()),
  stringData: map(text()),
  immutable: boolean(),
})

/** The values of a Secret, each behind `reveal()`; what `stringData` says goes before `data`. */
export function withBytes(body: Infer<typeof secretBody>): {
  readonly type: string
  readonly data: Readonly<Record<string, SecretBytes>>
} {
  const data: Record<string, SecretBytes> = {}
  for (const [key, value] of Object.entries(body.data ?? {})) data[key] = new SecretBytes(Buffer.from(value, 'base64'))
  for (const [key, value] of Object.entries(body.stringData ?? {})) data[key] = new SecretBytes(Buffer.from(value))
  return { type: body.type, data }
}
