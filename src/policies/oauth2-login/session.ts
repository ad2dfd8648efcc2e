import type { Exchange } from '../../policy/exchange.ts'
import type { Cookies } from './cookies.ts'
import type { Config } from './schema.ts'
import type { Sealer } from './sealer.ts'
import { secondsLeft, type Tokens } from './tokens.ts'

/** How long a browser keeps a refresh token that does not say when it ends. */
const REFRESH_SECONDS = 604_800

/** What a browser's cookies come to. */
export type Session =
  | { readonly kind: 'open'; readonly accessToken: string | null; readonly idToken: string | null }
  /** Over, or not whole, but there is a token to open it again with. */
  | { readonly kind: 'refreshable'; readonly refreshToken: string; readonly idToken: string | null }
  | { readonly kind: 'none' }

/** Sessions live in cookies alone: whoever has them is logged in, on every gateway with the same secret. */
export class Sessions {
  readonly #config: Config
  readonly #sealer: Sealer
  readonly #cookies: Cookies

  constructor(config: Config, sealer: Sealer, cookies: Cookies) {
    this.#config = config
    this.#sealer = sealer
    this.#cookies = cookies
  }

  read(exchange: Exchange): Session {
    const { names } = this.#config.cookies
    const accessToken = this.#open(exchange, names.accessToken)
    const idToken = this.#open(exchange, names.idToken)
    const refreshToken = this.#open(exchange, names.refreshToken)
    const expires = exchange.cookie(names.expires) ?? ''
    const mac = exchange.cookie(names.hmac) ?? ''
    const isWhole =
      mac !== '' && this.#sealer.hasMac(this.#parts(exchange, expires, accessToken, idToken, refreshToken), mac)
    if (isWhole && /^\d{1,15}$/.test(expires) && Number(expires) * 1000 > exchange.now) {
      return { kind: 'open', accessToken, idToken }
    }
    return refreshToken === null ? { kind: 'none' } : { kind: 'refreshable', refreshToken, idToken }
  }

  /** Set-Cookie values that begin a session. */
  begin(exchange: Exchange, tokens: Tokens): string[] {
    const { names, setAccessToken, setIdToken, setRefreshToken } = this.#config.cookies
    const { expiresIn, accessToken, idToken, refreshToken } = tokens
    const kept = {
      accessToken: setAccessToken ? accessToken : null,
      idToken: setIdToken ? idToken : null,
      refreshToken: setRefreshToken ? refreshToken : null,
    }
    const expires = String(Math.floor(exchange.now / 1000) + expiresIn)
    const mac = this.#sealer.mac(this.#parts(exchange, expires, kept.accessToken, kept.idToken, kept.refreshToken))
    const lines = [this.#cookies.set(names.hmac, mac, expiresIn), this.#cookies.set(names.expires, expires, expiresIn)]
    const add = (name: string, token: string | null, seconds: number) => {
      if (token !== null) lines.push(this.#cookies.set(name, this.#sealer.seal(name, token), seconds))
    }
    add(names.accessToken, kept.accessToken, expiresIn)
    add(names.idToken, kept.idToken, kept.idToken === null ? 0 : (secondsLeft(kept.idToken, exchange.now) ?? expiresIn))
    add(
      names.refreshToken,
      kept.refreshToken,
      kept.refreshToken === null ? 0 : (secondsLeft(kept.refreshToken, exchange.now) ?? REFRESH_SECONDS),
    )
    return lines
  }

  /** Set-Cookie values that end it. */
  end(): string[] {
    const { hmac, accessToken, idToken, refreshToken, expires } = this.#config.cookies.names
    return [hmac, accessToken, idToken, refreshToken, expires].map((name) => this.#cookies.remove(name))
  }

  #open(exchange: Exchange, name: string): string | null {
    const sealed = exchange.cookie(name)
    return sealed === undefined ? null : this.#sealer.open(name, sealed)
  }

  /**
   * A session is good where it began: on the host, or in the domain that its cookies are for; and under the names that its
   * cookies have. Who shares a secret with others must not take their sessions for its own: a session without tokens in
   * cookies would look the same to all.
   */
  #parts(
    exchange: Exchange,
    expires: string,
    accessToken: string | null,
    idToken: string | null,
    refreshToken: string | null,
  ): string[] {
    const where = this.#config.cookies.domain ?? exchange.host
    const { names } = this.#config.cookies
    return [JSON.stringify(names), where, expires, accessToken ?? '', idToken ?? '', refreshToken ?? '']
  }
}
