import type { z } from 'zod'
import { ALGORITHMS } from '../../identity/jose/algorithm.ts'
import { publicKeyFromPem } from '../../identity/jose/verification-key.ts'
import { flag, number, oneOf, optional, record, set, text } from '../../policy/fields.ts'
import type { EntityDefinition } from '../../policy/policy.ts'

export const config = record({
  uri_param_names: set(text()).default(['jwt']).describe('Query arguments that may hold a token.'),
  cookie_names: set(text()).default([]).describe('Cookies that may hold a token.'),
  key_claim_name: text().default('iss').describe("The claim that names the credential's key."),
  secret_is_base64: flag().default(false).describe('Secrets of HS256, HS384 and HS512 credentials are base64url text.'),
  claims_to_verify: optional(set(oneOf('exp', 'nbf'))).describe(
    'Dates in the token that are checked; none unless asked.',
  ),
  anonymous: optional(text()).describe(
    'Id or username of the consumer that stands in for a caller without a good token.',
  ),
  run_on_preflight: flag().default(true).describe('Ask OPTIONS requests for a token too.'),
  maximum_expiration: number(0, 31_536_000)
    .default(0)
    .describe(
      'Longest time in seconds that a token may still be valid for; 0 for any. Needs `exp` in claims_to_verify.',
    ),
  header_names: set(text()).default(['authorization']).describe('Headers that may hold `Bearer TOKEN`.'),
  realm: optional(text()).describe('Realm told in the challenge.'),
})
export type Config = z.infer<typeof config>

export function check(given: Config): Record<string, string | string[]> {
  if (given.maximum_expiration === 0 || given.claims_to_verify?.includes('exp')) return {}
  return {
    claims_to_verify: given.claims_to_verify === null ? 'required field missing' : 'expected to contain: exp',
    '@entity': ["failed conditional validation given value of field 'config.maximum_expiration'"],
  }
}

/** What one issuer signs with. Tokens name it by `key` in the claim `key_claim_name`. */
export const jwtSecrets: EntityDefinition = {
  kind: 'jwt_secrets',
  lookup: 'key',
  schema: record({
    key: text()
      .meta({ unique: true, auto: true })
      .describe('The value that tokens carry in the key claim, e.g. their `iss`.'),
    secret: text()
      .meta({ secret: true, auto: true, referenceable: true })
      .describe('Shared secret of the HS algorithms.'),
    rsa_public_key: optional(text().meta({ referenceable: true })).describe(
      'Public key in PEM, of RSA and, despite the name, of the other kinds too.',
    ),
    algorithm: oneOf(...ALGORITHMS)
      .default('HS256')
      .describe('The only algorithm that tokens of this credential may be signed with.'),
  }),
  /** A missing ES key is let through, as in Kong: such a credential refuses every token. */
  check(fields) {
    if (!/^(?:RS|PS|Ed)/.test(String(fields['algorithm']))) return {}
    const pem = fields['rsa_public_key']
    if (typeof pem === 'string' && publicKeyFromPem(pem) !== null) return {}
    return {
      rsa_public_key: typeof pem === 'string' ? 'invalid key' : 'required field missing',
      '@entity': ["failed conditional validation given value of field 'algorithm'"],
    }
  },
}
