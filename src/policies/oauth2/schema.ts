import { z } from 'zod'
import { pbkdf2Sha512 } from '../../identity/password/pbkdf2-sha512.ts'
import { flag, integer, list, number, oneOf, optional, record, text } from '../../policy/fields.ts'
import type { EntityDefinition } from '../../policy/policy.ts'

const GRANTS = [
  'enable_authorization_code',
  'enable_implicit_grant',
  'enable_client_credentials',
  'enable_password_grant',
] as const

export const config = record({
  scopes: optional(list(text())).describe('Scopes that clients may ask for; null: what they ask for is not looked at.'),
  mandatory_scope: flag().default(false).describe('Refuse requests for tokens that name no scope.'),
  provision_key: optional(text().meta({ auto: true, secret: true })).describe(
    'What the application that asks users for consent proves itself with.',
  ),
  token_expiration: number().default(7200).describe('Seconds for which access tokens are good; 0: for ever.'),
  enable_authorization_code: flag().default(false).describe('Give codes to clients that users gave consent to.'),
  enable_implicit_grant: flag().default(false).describe('Give tokens in place of codes, straight to the browser.'),
  enable_client_credentials: flag().default(false).describe('Give tokens to clients that speak for themselves.'),
  enable_password_grant: flag().default(false).describe('Give tokens for users whose password the client has.'),
  hide_credentials: flag().default(false).describe('Remove the token before the request goes to the service.'),
  accept_http_if_already_terminated: flag()
    .default(false)
    .describe('Take plain HTTP from a trusted proxy that says that the client came by TLS.'),
  anonymous: optional(text()).describe(
    'Id or username of the consumer that stands in for a caller without a good token.',
  ),
  global_credentials: flag()
    .default(false)
    .describe('Give tokens that are good for every service whose use of this policy says so too.'),
  auth_header_name: text()
    .nullable()
    .default('authorization')
    .describe('The header that tokens and client secrets stand in.'),
  refresh_token_ttl: number(0, 100_000_000)
    .default(1_209_600)
    .describe('Seconds after which a token can no longer be renewed; 0: never.'),
  reuse_refresh_token: flag().default(false).describe('Keep the refresh token when a token is renewed.'),
  pkce: oneOf('none', 'lax', 'strict')
    .nullable()
    .default('lax')
    .describe('Who must prove that it asked for its code itself (PKCE): nobody, public clients, all.'),
  realm: optional(text()).describe('Realm told in the challenge.'),
  introspection: flag()
    .default(false)
    .meta({ whenGiven: true })
    .describe('Tell clients that prove themselves what a token is worth (RFC 7662), at `/oauth2/introspect`.'),
})
export type Config = z.infer<typeof config>

export function check(given: Config): Record<string, string | string[]> {
  if (given.mandatory_scope && given.scopes === null) {
    const entity = ["failed conditional validation given value of field 'mandatory_scope'"]
    return { scopes: 'required field missing', '@config': entity }
  }
  if (GRANTS.some((grant) => given[grant])) return {}
  return { '@config': `at least one of these fields must be true: ${GRANTS.join(', ')}` }
}

const redirectUri = z.string().superRefine((uri, context) => {
  const message = !/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/?#\s]+/.test(uri)
    ? `cannot parse '${uri}'`
    : uri.includes('#')
      ? `fragment not allowed in '${uri}'`
      : null
  if (message !== null) context.addIssue({ code: 'custom', message })
})

/** A row that another points at. */
const pointer = () => z.looseObject({ id: z.string() })
/** Seconds since the epoch. */
const createdAt = () => z.int().describe('When the row was made.')

/** An application that may ask for tokens. */
export const clients: EntityDefinition = {
  kind: 'oauth2_credentials',
  lookup: 'client_id',
  schema: record({
    name: text().describe('What the application calls itself.'),
    client_id: text().meta({ unique: true, auto: true }).describe('What the client is known by.'),
    client_secret: text().meta({ secret: true, auto: true }).describe('What a confidential client proves itself with.'),
    hash_secret: flag().default(false).describe('Keep a hash of the secret only.'),
    redirect_uris: optional(list(redirectUri)).describe('Where codes and tokens for this client may be sent.'),
    client_type: oneOf('confidential', 'public')
      .default('confidential')
      .describe('Whether the client can keep a secret; one that runs in a browser or a phone is public.'),
  }),
  /** A secret that is hashed already stays: it was read from a store and is written to another. */
  prepare(fields) {
    const secret = fields['client_secret']
    const isPlain = fields['hash_secret'] === true && typeof secret === 'string' && !pbkdf2Sha512.isStored(secret)
    return isPlain ? { ...fields, client_secret: pbkdf2Sha512.hash(secret) } : fields
  },
}

/** What a client may exchange for a token, once. Only a digest of it is kept. */
export const codes: EntityDefinition = {
  kind: 'oauth2_authorization_codes',
  lookup: 'code',
  parent: 'credential',
  expires: true,
  schema: record({
    credential: pointer().describe('The client that the code was given to.'),
    service: optional(pointer()).describe('The service that it is good for; null: every one.'),
    plugin: optional(pointer()).describe('The use of the policy that gave it.'),
    code: text().meta({ unique: true, auto: true, secret: true }).describe('A digest of the code.'),
    authenticated_userid: optional(text()).describe('The user who gave consent.'),
    scope: optional(text()).describe('What the user gave consent to.'),
    challenge: optional(text()).describe('What the verifier of the client must come to (PKCE).'),
    challenge_method: optional(oneOf('S256')).describe('How.'),
  }),
}

/** An access token and what renews it. */
export const tokens: EntityDefinition = {
  kind: 'oauth2_tokens',
  lookup: 'access_token',
  secondLookup: 'refresh_token',
  parent: 'credential',
  expires: true,
  schema: record({
    created_at: createdAt(),
    credential: pointer().describe('The client that it was given to.'),
    service: optional(pointer()).describe('The service that it is good for; null: every one.'),
    token_type: oneOf('bearer').default('bearer').describe('How it is used.'),
    expires_in: integer().describe('Seconds after which the access token is over; 0: never.'),
    access_token: text().meta({ unique: true, auto: true, secret: true }).describe('What requests carry.'),
    refresh_token: optional(text().meta({ unique: true, secret: true })).describe('What renews the token.'),
    authenticated_userid: optional(text()).describe('The user whom the token speaks for.'),
    scope: optional(text()).describe('What it was given for, separated by blanks.'),
  }),
}
