import { z } from 'zod'
import { flag, list, oneOf, optional, record, text } from '../../policy/fields.ts'
import type { EntityDefinition } from '../../policy/policy.ts'

export const ALGORITHMS = ['hmac-sha1', 'hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const

export const config = record({
  hide_credentials: flag().default(false).describe('Remove the signature before the request goes to the service.'),
  clock_skew: z.number().gt(0).default(300).describe('Seconds by which the date of a request may be off.'),
  anonymous: optional(text()).describe('Id or username of the consumer that stands in for a caller who is not known.'),
  validate_request_body: flag().default(false).describe('Demand a `Digest` of the body, at most 8 MiB, and check it.'),
  enforce_headers: list(text()).default([]).describe('Names that every caller has to sign.'),
  algorithms: list(oneOf(...ALGORITHMS))
    .default([...ALGORITHMS])
    .describe('Algorithms that callers may sign with.'),
  realm: optional(text()).describe('Realm told in the challenge.'),
})
export type Config = z.infer<typeof config>

export const hmacauthCredentials: EntityDefinition = {
  kind: 'hmacauth_credentials',
  lookup: 'username',
  schema: record({
    username: text().meta({ unique: true }).describe('The name that the caller gives.'),
    secret: text()
      .meta({ auto: true, secret: true, referenceable: true })
      .describe('The secret that the caller signs with.'),
  }),
}
