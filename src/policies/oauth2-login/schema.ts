import { z } from 'zod'
import { backendTls } from '../../policy/backend-tls.ts'
import { flag, integer, list, oneOf, optional, record, secret, text } from '../../policy/fields.ts'
import { substitutionProblem } from '../../policy/substitution/substitution.ts'
import { headerMatchProblem } from './header-match.ts'

const MILLISECONDS = 2 ** 31 - 1
const COOKIE_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const cookieName = () => z.string().regex(COOKIE_NAME, { error: 'is no cookie name' })

const backend = record({
  host: text().describe('Where to connect to.'),
  port: integer(1, 65_535).describe('The port there.'),
  tls: optional(backendTls()).describe('How to speak TLS with it; null for plain HTTP, whatever the URL says.'),
})

const cookieNames = record({
  accessToken: cookieName().default('AccessToken').describe('The access token, encrypted.'),
  idToken: cookieName().default('IdToken').describe('The ID token, encrypted.'),
  refreshToken: cookieName().default('RefreshToken').describe('The refresh token, encrypted.'),
  hmac: cookieName().default('OauthHMAC').describe('What shows that the others belong together.'),
  expires: cookieName().default('OauthExpires').describe('When the session ends, in seconds since the epoch.'),
  nonce: cookieName().default('OauthNonce').describe('What ties a login to the browser that began it.'),
  codeVerifier: cookieName().default('OauthCodeVerifier').describe('The secret half of PKCE, encrypted.'),
})

const cookies = record({
  domain: optional(text()).describe('Domain of all cookies; the host alone when null.'),
  sameSite: optional(oneOf('Lax', 'Strict', 'None')).describe('SameSite of all cookies; not said when null.'),
  names: cookieNames.default(cookieNames.parse({})).describe('Names of the cookies.'),
  setAccessToken: flag().default(true).describe('Keep the access token in a cookie.'),
  setIdToken: flag().default(true).describe('Keep the ID token in a cookie.'),
  setRefreshToken: flag()
    .default(true)
    .describe('Keep the refresh token in a cookie; without it nothing is refreshed.'),
})

const headerMatch = record({
  name: text().describe('The header.'),
  kind: oneOf('exact', 'regex').default('exact').describe('How its value is compared.'),
  value: text().describe('With what; an expression (RE2) must match as a whole.'),
})

export const config = record({
  authorizationEndpoint: text().describe('Where browsers are sent to log in.'),
  tokenEndpoint: text().describe(
    'Where codes become tokens. Host and path are what is asked for; `backend` says where.',
  ),
  backend: backend.describe('Where the token endpoint is.'),
  timeoutMs: integer(1, MILLISECONDS).default(15_000).describe('How long the token endpoint may take.'),
  endSessionEndpoint: optional(text()).describe('Where browsers are sent to log out there too.'),
  clientId: text().describe('Who the gateway is to the identity provider.'),
  clientSecret: secret().describe('Its secret.'),
  cookieSecret: secret().describe('What the keys of all cookies are made from. Who knows it can be anybody.'),
  scopes: list(text()).default(['user']).describe('What is asked for.'),
  redirectUri: text()
    .default('%REQ(x-forwarded-proto)%://%REQ(:authority)%/oauth2/redirect')
    .describe('Where the identity provider sends browsers back to; may hold operators.'),
  redirectPath: text().default('/oauth2/redirect').describe('The path of it.'),
  logoutPath: text().default('/logout').describe('The path that ends a session.'),
  forwardAccessToken: flag()
    .default(false)
    .describe('Put the access token into Authorization for the service; otherwise the caller’s Authorization stays.'),
  cookies: cookies.default(cookies.parse({})).describe('What is kept in browsers.'),
  denyRedirect: list(headerMatch)
    .default([])
    .describe('Requests with one of these headers are refused with 401 in place of being sent to log in.'),
})
export type Config = z.infer<typeof config>

export function check(given: Config): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const name of ['authorizationEndpoint', 'tokenEndpoint', 'endSessionEndpoint'] as const) {
    const url = given[name]
    if (url !== null && (!URL.canParse(url) || !/^https?:\/\//.test(url))) problems[name] = 'is no URL'
  }
  for (const name of ['redirectPath', 'logoutPath'] as const) {
    if (!given[name].startsWith('/')) problems[name] = 'must start with /'
  }
  const format = substitutionProblem(given.redirectUri)
  if (format !== null) problems['redirectUri'] = format
  for (const [n, match] of given.denyRedirect.entries()) {
    const problem = headerMatchProblem(match)
    if (problem !== null) problems[`denyRedirect[${n}].value`] = problem
  }
  const { names, domain } = given.cookies
  if (new Set(Object.values(names)).size < Object.keys(names).length) problems['cookies.names'] = 'must all differ'
  if (domain !== null && !/^\.?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*$/.test(domain))
    problems['cookies.domain'] = 'is no domain'
  return problems
}
