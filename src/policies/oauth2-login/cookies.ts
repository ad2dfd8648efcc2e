import type { Exchange } from '../../policy/exchange.ts'
import type { Config } from './schema.ts'

type Settings = Config['cookies']

/** Set-Cookie values. Cookies are never for scripts, nor for plain HTTP. */
export class Cookies {
  readonly #attributes: string
  readonly #gone: string

  constructor({ domain, sameSite }: Settings) {
    const where = domain === null ? '' : `;domain=${domain}`
    this.#attributes = `${where};path=/`
    this.#gone = `${where};path=/;expires=Thu, 01 Jan 1970 00:00:00 GMT`
    this.#suffix = `;secure;HttpOnly${sameSite === null ? '' : `;SameSite=${sameSite}`}`
  }
  readonly #suffix: string

  /** @param seconds how long a browser keeps it. */
  set(name: string, value: string, seconds: number): string {
    return `${name}=${value}${this.#attributes};Max-Age=${seconds}${this.#suffix}`
  }

  remove(name: string): string {
    return `${name}=deleted${this.#gone}`
  }
}

/** Every cookie of a request, in order. */
export function cookiePairs(exchange: Exchange): [name: string, value: string][] {
  return exchange
    .headerValues('cookie')
    .flatMap((line) => line.split(';'))
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=')
      return equals < 0 ? ['', pair] : [pair.slice(0, equals).trim(), pair.slice(equals + 1).trim()]
    })
}

/**
 * Cookies as the service gets them: tokens in the clear, nothing that only matters here, everything else as it was.
 */
export function forwardCookies(
  exchange: Exchange,
  { names }: Settings,
  tokens: { readonly accessToken: string | null; readonly idToken: string | null },
): void {
  const own = new Set([names.accessToken, names.idToken, names.refreshToken, names.hmac, names.expires])
  const kept = cookiePairs(exchange)
    .filter(([name]) => !own.has(name) && !isOfFlow(name, names.nonce) && !isOfFlow(name, names.codeVerifier))
    .map(([name, value]) => (name === '' ? value : `${name}=${value}`))
  if (tokens.idToken !== null) kept.push(`${names.idToken}=${tokens.idToken}`)
  if (tokens.accessToken !== null) kept.push(`${names.accessToken}=${tokens.accessToken}`)
  if (kept.length === 0) exchange.dropHeader('cookie')
  else exchange.setHeader('cookie', kept.join('; '))
}

/** Cookies of a login under way have the flow's id behind a dot. */
export function isOfFlow(name: string, base: string): boolean {
  return name === base || name.startsWith(`${base}.`)
}
