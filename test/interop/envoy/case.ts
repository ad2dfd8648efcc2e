/** What both gateways are configured with, in kgateway's words, and what is then asked of both. */

export interface Config {
  /** Of one label: it is the host's name, too. */
  readonly name: string
  /** `spec.jwt` of a GatewayExtension. */
  readonly jwt: JwtSpec
  /** `spec.rbac` of the TrafficPolicy. */
  readonly rbac?: RbacSpec
  /** A header that some requests have, and what they are then sent on with: a route of their own. */
  readonly otherRoute?: OtherRoute
  readonly asks: readonly Ask[]
}

export interface OtherRoute {
  readonly header: string
  readonly value: string
  /** Denies everybody who has not this header, on that route only. */
  readonly needs?: string
}

export interface Ask {
  readonly sentence: string
  /** Header lines, one character a byte. */
  readonly lines?: readonly string[]
  readonly target?: string
  readonly method?: string
}

export interface JwtSpec {
  readonly validationMode?: 'Strict' | 'AllowMissing'
  readonly providers: readonly ProviderSpec[]
}

export interface ProviderSpec {
  readonly name: string
  readonly issuer?: string
  readonly audiences?: readonly string[]
  readonly tokenSource?:
    | { readonly header: { readonly header: string; readonly prefix?: string } }
    | { readonly queryParameter: string }
  readonly claimsToHeaders?: readonly { readonly name: string; readonly header: string }[]
  readonly forwardToken?: boolean
  readonly jwks:
    | { readonly local: { readonly inline: string } }
    | { readonly remote: { readonly url: string; readonly backendRef: BackendRef; readonly retryPolicy?: object } }
}

interface BackendRef {
  readonly name: string
  readonly port: number
}

export interface RbacSpec {
  readonly action?: 'Allow' | 'Deny'
  readonly policy: { readonly matchExpressions: readonly string[] }
}

/** Where the key server's sets are, as a backend that both know. */
export const KEYS: BackendRef = { name: 'keys', port: 8000 }
/** A backend that nobody listens at. */
export const GONE: BackendRef = { name: 'gone', port: 8000 }
