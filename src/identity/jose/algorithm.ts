/** The signature algorithms we check (RFC 7518 §3.1, RFC 8037): never `none`. */
export const ALGORITHMS = [
  ...(['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'RS512'] as const),
  ...(['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'EdDSA'] as const),
] as const

export type Algorithm = (typeof ALGORITHMS)[number]

const known = new Set<string>(ALGORITHMS)

export function isAlgorithm(name: unknown): name is Algorithm {
  return typeof name === 'string' && known.has(name)
}

/** What an algorithm asks of key and signature. */
export type Scheme =
  | { readonly family: 'HS' | 'RS' | 'PS'; readonly hash: Hash }
  /** `curve` as OpenSSL names it; `bytes` is the length of R and S together (RFC 7518 §3.4). */
  | { readonly family: 'ES'; readonly hash: Hash; readonly curve: string; readonly bytes: number }
  | { readonly family: 'EdDSA' }

export type Hash = 'sha256' | 'sha384' | 'sha512'

export const schemes: Readonly<Record<Algorithm, Scheme>> = {
  HS256: { family: 'HS', hash: 'sha256' },
  HS384: { family: 'HS', hash: 'sha384' },
  HS512: { family: 'HS', hash: 'sha512' },
  RS256: { family: 'RS', hash: 'sha256' },
  RS384: { family: 'RS', hash: 'sha384' },
  RS512: { family: 'RS', hash: 'sha512' },
  PS256: { family: 'PS', hash: 'sha256' },
  PS384: { family: 'PS', hash: 'sha384' },
  PS512: { family: 'PS', hash: 'sha512' },
  ES256: { family: 'ES', hash: 'sha256', curve: 'prime256v1', bytes: 64 },
  ES384: { family: 'ES', hash: 'sha384', curve: 'secp384r1', bytes: 96 },
  ES512: { family: 'ES', hash: 'sha512', curve: 'secp521r1', bytes: 132 },
  EdDSA: { family: 'EdDSA' },
}
