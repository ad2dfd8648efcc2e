import type { z } from 'zod'
import { saltedSha1 } from '../../identity/password/salted-sha1.ts'
import { scryptPassword } from '../../identity/password/scrypt.ts'
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
  check: ({ password }) =>
    String(password).endsWith('\0') ? { password: 'must not end in a NUL, which no hash tells from its absence' } : {},
  // What is only held in memory, made of a file that tells the password anyway, gains nothing by a slow hash: a million
  // of them would take the gateway a day to start.
  prepare(fields, consumerId) {
    const password = String(fields['password'])
    return { ...fields, password: scryptPassword.isStored(password) ? password : saltedSha1.hash(password, consumerId) }
  },
  async prepareKept(fields, stored) {
    const password = String(fields['password'])
    if (scryptPassword.isStored(password)) return fields
    const before = String(stored?.['password'] ?? '')
    const isSame = await scryptPassword.matches(password, before)
    return { ...fields, password: isSame ? before : await scryptPassword.hash(password) }
  },
}
