import { z } from 'zod'
import { flag, headerName, list, optional, record, secret, text } from '../../policy/fields.ts'

const source = record({
  header: optional(headerName()).describe('A header; `Bearer ` before the key is cut.'),
  query: optional(text()).describe('A query argument; looked at where no header is named.'),
  cookie: optional(text()).describe('A cookie; looked at where neither is named.'),
})

/** Where kgateway looks unless told. */
export const DEFAULT_SOURCE = { header: 'api-key', query: null, cookie: null }

export const config = record({
  credentials: z
    .array(record({ key: secret().describe('The key.'), client: text().describe('Whose it is.') }))
    .min(1)
    .describe('Every key that is good. No key stands here twice.'),
  sources: list(source)
    .default([DEFAULT_SOURCE])
    .describe('Where keys are looked for, in order. The first that is found decides.'),
  forwardCredential: flag().default(false).describe('Leave the key in the request.'),
  clientIdHeader: optional(headerName()).describe('A header that tells the service whose key it was.'),
})
export type Config = z.infer<typeof config>
export type Source = Config['sources'][number]

export function check({ credentials, sources }: Config): Record<string, string> {
  for (const [n, { header, query, cookie }] of sources.entries()) {
    if (header === null && query === null && cookie === null)
      return { [`sources[${n}]`]: 'one of header, query and cookie is required' }
  }
  const owners = new Map<string, string>()
  for (const [n, { key, client }] of credentials.entries()) {
    const before = owners.get(key)
    if (before !== undefined)
      return { [`credentials[${n}]`]: `duplicate API key value shared by ${before} and ${client}` }
    owners.set(key, client)
  }
  return {}
}
