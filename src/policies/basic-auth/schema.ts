import type { z } from 'zod'
import { saltedSha1 } from '../../identity/password/salted-sha1.ts'
import { flag, optional, record, text } from '../../policy/fields.ts'
import type { EntityDefinition } from '../../policy/policy.ts'

export const config = record({
  anonymous: optional(text()).describe('Id or username of the consumer that stands in for a caller who is not known.'),
  hide_credentials: flag().default(false).describe('Remove the credentials before the request goes to the service.'),
  realm: text().default('service').describe('Realm told in the challenge.'),
})
export type Config = z.infer<typeof config>

export const basicauthCredentials: EntityDefinition = {
  kind: 'basicauth_credentials',
  lookup: 'username',
  schema: record({
    username: text().meta({ unique: true }).describe('The name that the caller gives; without a colon.'),
    password: text().meta({ secret: true, referenceable: true }).describe('The password; only a hash of it is kept.'),
  }),
  prepare: (fields, consumerId) => ({ ...fields, password: saltedSha1.hash(String(fields['password']), consumerId) }),
}
