import type { z } from 'zod'
import { flag, headerName, list, optional, record, text } from '../../policy/fields.ts'
import type { EntityDefinition } from '../../policy/policy.ts'

export const config = record({
  key_names: list(headerName()).default(['apikey']).describe('Names under which a key is looked for, in order.'),
  hide_credentials: flag().default(false).describe('Remove the key before the request goes to the service.'),
  anonymous: optional(text()).describe(
    'Id or username of the consumer that stands in for a caller without a good key.',
  ),
  key_in_header: flag().default(true).describe('Look for the key among the headers.'),
  key_in_query: flag().default(true).describe('Look for the key among the query arguments.'),
  key_in_body: flag().default(false).describe('Look for the key in a JSON, form or multipart body of at most 1 MiB.'),
  run_on_preflight: flag().default(true).describe('Ask OPTIONS requests for a key too.'),
  realm: optional(text()).describe('Realm told in the challenge.'),
})
export type Config = z.infer<typeof config>

export const keyauthCredentials: EntityDefinition = {
  kind: 'keyauth_credentials',
  lookup: 'key',
  expires: true,
  schema: record({
    key: text()
      .meta({ unique: true, auto: true, secret: true, referenceable: true })
      .describe('The key that the caller sends.'),
  }),
}
