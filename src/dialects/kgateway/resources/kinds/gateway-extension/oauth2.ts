import { headerMatch } from '../../fields/header-match.ts'
import { backendReference, localName, weightedBackendReference } from '../../fields/references.ts'
import { boolean, defaulted, list, object, oneOf, required, text } from '../../schema/build.ts'
import { rule } from '../../schema/rule.ts'
import { audiences, claimsToHeaders } from './jwt.ts'

const URL =
  "^https://([a-zA-Z0-9]([a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9])?\\.)*[a-zA-Z0-9]([a-zA-Z0-9\\-]{0,61}[a-zA-Z0-9])?(:[0-9]{1,5})?(/[a-zA-Z0-9\\-._~!$&'()*+,;=:@%]*)*/?"
const COOKIE_DOMAIN = '^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9]))*$'

const issuer = () => text({ pattern: `${URL}$` })
const endpoint = () => text({ pattern: `${URL}(\\?[a-zA-Z0-9\\-._~!$&'()*+,;=:@%/?]*)?$` })

const parsedToken = () => object({ audiences: audiences(), claimsToHeaders: claimsToHeaders() })

export const oauth2 = () =>
  object(
    {
      backendRef: required(weightedBackendReference()),
      issuerURI: issuer(),
      authorizationEndpoint: endpoint(),
      tokenEndpoint: endpoint(),
      endSessionEndpoint: endpoint(),
      redirectURI: text(),
      logoutPath: defaulted(text({ min: 1 }), '/logout'),
      forwardAccessToken: boolean(),
      scopes: list(text()),
      credentials: required(object({ clientID: required(text({ min: 1 })), clientSecretRef: required(localName()) })),
      cookies: object({
        domain: text({ min: 1, max: 253, pattern: COOKIE_DOMAIN }),
        names: object({ accessToken: text({ min: 1 }), idToken: text({ min: 1 }) }),
        sameSite: oneOf('Lax', 'Strict', 'None'),
        disableAccessTokenSetCookie: boolean(),
        disableIDTokenSetCookie: boolean(),
        disableRefreshTokenSetCookie: boolean(),
      }),
      jwt: object({
        jwksURI: endpoint(),
        jwksBackendRef: backendReference(),
        accessToken: parsedToken(),
        idToken: parsedToken(),
      }),
      denyRedirect: object({ headers: list(headerMatch(), { min: 1, max: 16 }) }),
    },
    rule(
      'Either issuerURI, or both authorizationEndpoint and tokenEndpoint must be specified',
      ({ issuerURI, authorizationEndpoint, tokenEndpoint }) =>
        issuerURI !== undefined || (authorizationEndpoint !== undefined && tokenEndpoint !== undefined),
    ),
    rule('Either issuerURI or jwksURI must be specified for JWT parsing', ({ issuerURI, jwt }) => {
      const parses = jwt?.accessToken !== undefined || jwt?.idToken !== undefined
      return !parses || issuerURI !== undefined || jwt?.jwksURI !== undefined
    }),
    rule(
      'Access token cookie must not be disabled when the token should be parsed',
      ({ jwt, cookies }) => jwt?.accessToken === undefined || cookies?.disableAccessTokenSetCookie !== true,
    ),
    rule(
      'ID token cookie must not be disabled when the token should be parsed',
      ({ jwt, cookies }) => jwt?.idToken === undefined || cookies?.disableIDTokenSetCookie !== true,
    ),
  )
