/** Where an OpenID provider has its endpoints, as its configuration document says (OpenID Connect Discovery 1.0 §3). */
export interface ProviderEndpoints {
  readonly authorizationEndpoint: string | null
  readonly tokenEndpoint: string | null
  readonly endSessionEndpoint: string | null
  readonly jwksUri: string | null
}

/** Who knows what OpenID providers say of themselves. Never waits: what is not known yet is a problem until it is. */
export interface Discovery {
  get(issuer: string): ProviderEndpoints | { readonly problem: string }
}

/** For checks that ask nobody: whatever an issuer would say is taken to be good. */
export const unasked: Discovery = {
  get: (issuer) => ({
    authorizationEndpoint: `${issuer}/authorize`,
    tokenEndpoint: `${issuer}/token`,
    endSessionEndpoint: null,
    jwksUri: `${issuer}/jwks`,
  }),
}
