import type { AskBackend } from '../../policy/backend-connections.ts'
import type { Config } from './schema.ts'
import { readTokens, type Tokens } from './tokens.ts'

/** What codes and refresh tokens become, or why they become nothing (for the log). */
export type Answer = Tokens | { readonly why: string }

export class TokenEndpoint {
  readonly #askBackend: AskBackend
  readonly #config: Config
  readonly #path: string
  readonly #headers: readonly string[]

  constructor(askBackend: AskBackend, config: Config) {
    this.#askBackend = askBackend
    this.#config = config
    const { pathname, search, host } = new URL(config.tokenEndpoint)
    this.#path = pathname + search
    this.#headers = [
      ...['host', host, 'accept', 'application/json'],
      ...['content-type', 'application/x-www-form-urlencoded'],
    ]
  }

  byCode(code: string, redirectUri: string, verifier: string): Promise<Answer> {
    return this.#ask(
      { grant_type: 'authorization_code', code, ...this.#client(), redirect_uri: redirectUri, code_verifier: verifier },
      null,
    )
  }

  byRefreshToken(refreshToken: string): Promise<Answer> {
    return this.#ask({ grant_type: 'refresh_token', refresh_token: refreshToken, ...this.#client() }, { refreshToken })
  }

  #client() {
    return { client_id: this.#config.clientId, client_secret: this.#config.clientSecret }
  }

  async #ask(fields: Record<string, string>, before: Pick<Tokens, 'refreshToken'> | null): Promise<Answer> {
    try {
      const { status, body } = await this.#askBackend({
        method: 'POST',
        path: this.#path,
        headers: this.#headers,
        body: new URLSearchParams(fields).toString(),
        timeoutMs: this.#config.timeoutMs,
      })
      return readTokens(status, body, before)
    } catch (error) {
      return { why: `the token endpoint can't be asked: ${error instanceof Error ? error.message : String(error)}` }
    }
  }
}
