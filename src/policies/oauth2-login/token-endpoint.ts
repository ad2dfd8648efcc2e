import { Pool } from 'undici'
import { tlsOptions } from '../../policy/backend-tls.ts'
import type { Config } from './schema.ts'
import { readTokens, type Tokens } from './tokens.ts'

/** The most an answer may hold. */
const ANSWER_BYTES = 1024 * 1024

/** Sends a form to the token endpoint. Made so that tests need no sockets. @throws when there is no answer. */
export type SendForm = (form: string, timeoutMs: number) => Promise<{ readonly status: number; readonly body: string }>

/** What codes and refresh tokens become, or why they become nothing (for the log). */
export type Answer = Tokens | { readonly why: string }

export class TokenEndpoint {
  readonly #send: SendForm
  readonly #config: Config

  constructor(send: SendForm, config: Config) {
    this.#send = send
    this.#config = config
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
    const form = new URLSearchParams(fields).toString()
    try {
      const { status, body } = await this.#send(form, this.#config.timeoutMs)
      return readTokens(status, body, before)
    } catch (error) {
      return { why: `the token endpoint can't be asked: ${error instanceof Error ? error.message : String(error)}` }
    }
  }
}

/** Connections to the token endpoint. */
export function connectionsTo({ tokenEndpoint, backend }: Config): { readonly send: SendForm; close(): Promise<void> } {
  const { host, port, tls } = backend
  const name = host.includes(':') ? `[${host}]` : host
  const pool = new Pool(`${tls === null ? 'http' : 'https'}://${name}:${port}`, {
    ...(tls !== null && { connect: tlsOptions(tls, host) }),
  })
  const { pathname, search, host: asked } = new URL(tokenEndpoint)

  const send: SendForm = async (form, timeoutMs) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error('no answer in time')), timeoutMs)
    try {
      const answer = await pool.request({
        method: 'POST',
        path: pathname + search,
        headers: { host: asked, 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: form,
        signal: late.signal,
      })
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of answer.body) {
        size += (chunk as Buffer).length
        if (size > ANSWER_BYTES) throw new Error('the answer is too large')
        chunks.push(chunk as Buffer)
      }
      return { status: answer.statusCode, body: Buffer.concat(chunks).toString('utf8') }
    } finally {
      clearTimeout(timer)
    }
  }
  return { send, close: () => pool.destroy() }
}
