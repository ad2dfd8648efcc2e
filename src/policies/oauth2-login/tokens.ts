/** What the token endpoint gave. */
export interface Tokens {
  readonly accessToken: string
  readonly idToken: string | null
  readonly refreshToken: string | null
  /** Seconds that the access token is good for. */
  readonly expiresIn: number
}

/** What may stand in a cookie and in Authorization. */
const TOKEN = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+$/

/**
 * The token endpoint's answer (RFC 6749 §5.1).
 *
 * @param before the refresh and ID token that stay when an answer to a refresh has none.
 * @returns tokens, or why there are none: for the log, and without anything of the answer but its error code.
 */
export function readTokens(
  status: number,
  body: string,
  before: Pick<Tokens, 'refreshToken'> | null,
): Tokens | { readonly why: string } {
  const answer = parsed(body)
  if (status !== 200) {
    const code = answer?.['error']
    const said = typeof code === 'string' && /^[a-z_]{1,64}$/.test(code) ? `: ${code}` : ''
    return { why: `the token endpoint answers ${status}${said}` }
  }
  if (answer === null) return { why: 'the token endpoint answers no JSON object' }
  const { access_token: accessToken, id_token: idToken, refresh_token: refreshToken } = answer
  const expiresIn = Number(answer['expires_in'])
  if (!isToken(accessToken)) return { why: 'the token endpoint gives no usable access token' }
  if (!Number.isFinite(expiresIn) || expiresIn < 1)
    return { why: 'the token endpoint does not say how long a token is good' }
  if (!isAbsent(idToken) && !isToken(idToken)) return { why: 'the token endpoint gives no usable ID token' }
  if (!isAbsent(refreshToken) && !isToken(refreshToken))
    return { why: 'the token endpoint gives no usable refresh token' }
  return {
    accessToken,
    idToken: idToken ?? null,
    refreshToken: refreshToken ?? before?.refreshToken ?? null,
    expiresIn: Math.floor(expiresIn),
  }
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && TOKEN.test(value)
}
function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined
}

function parsed(body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}

/** Seconds until a JWT says that it ends; null where a token does not say. Nothing is believed of it but for a cookie's age. */
export function secondsLeft(token: string, now: number): number | null {
  const [, payload, signature] = token.split('.')
  if (payload === undefined || signature === undefined) return null
  const exp = parsed(Buffer.from(payload, 'base64url').toString('utf8'))?.['exp']
  return typeof exp === 'number' && Number.isFinite(exp) ? Math.max(0, Math.floor(exp - now / 1000)) : null
}
