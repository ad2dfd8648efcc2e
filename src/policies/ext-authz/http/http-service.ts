import { Pool } from 'undici'
import { tlsOptions } from '../../../policy/backend-tls.ts'
import type { Exchange } from '../../../policy/exchange.ts'
import { type CompiledHeader, compileHeaders } from '../../../policy/header-changes.ts'
import type { Authorizer } from '../authorizer.ts'
import { type Decision, undecided } from '../decision.ts'
import type { Question } from '../question.ts'
import type { Config } from '../schema.ts'
import { type Reply, replyReader } from './reply.ts'

/** The most a reply may hold. */
const REPLY_BYTES = 1024 * 1024

/** Sends a request, as it is written. Made so that tests need no sockets. */
export type Send = (request: {
  readonly method: string
  readonly path: string
  readonly headers: readonly string[]
  readonly body: Uint8Array | null
  readonly timeoutMs: number
}) => Promise<Reply>

/** Asks by a copy of the request: same method, host and path, the headers that are told. */
export class HttpService implements Authorizer {
  readonly #send: Send
  readonly #prefix: string
  readonly #added: readonly CompiledHeader[]
  readonly #decision: (reply: Reply) => Decision

  constructor(send: Send, config: Config) {
    this.#send = send
    this.#prefix = config.service.pathPrefix
    this.#added = compileHeaders(config.headersToAdd)
    this.#decision = replyReader(config)
  }

  async ask(question: Question, exchange: Exchange, timeoutMs: number): Promise<Decision> {
    const added = this.#added
      .map(({ name, value }) => [name, value(exchange, null)] as const)
      .filter(([, value]) => value !== '')
    const names = new Set(added.map(([name]) => name))
    const lines = [
      ['host', question.host] as const,
      ...question.headers.filter(([name]) => !names.has(name) && !name.startsWith(':')),
      ...added,
    ]
    try {
      const reply = await this.#send({
        method: question.method,
        path: this.#prefix + question.target,
        headers: lines.flat(),
        body: question.body,
        timeoutMs,
      })
      return this.#decision(reply)
    } catch (error) {
      return undecided(error instanceof Error ? error.message : String(error))
    }
  }
}

/** Connections to one service, kept between requests. */
export function connectionsTo({ host, port, tls }: Config['service']): { readonly send: Send; close(): Promise<void> } {
  const name = host.includes(':') ? `[${host}]` : host
  const pool = new Pool(`${tls === null ? 'http' : 'https'}://${name}:${port}`, {
    allowH2: false,
    ...(tls !== null && { connect: tlsOptions(tls, host) }),
  })

  const send: Send = async ({ method, path, headers, body, timeoutMs }) => {
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(new Error('no answer in time')), timeoutMs)
    try {
      const answer = await pool.request({
        method: method as 'GET',
        path,
        headers: [...headers],
        body: body === null ? null : Buffer.from(body),
        signal: late.signal,
      })
      const chunks: Buffer[] = []
      let size = 0
      for await (const chunk of answer.body) {
        size += (chunk as Buffer).length
        if (size > REPLY_BYTES) throw new Error('the reply is too large')
        chunks.push(chunk as Buffer)
      }
      return { status: answer.statusCode, headers: pairs(answer.headers), body: Buffer.concat(chunks).toString('utf8') }
    } finally {
      clearTimeout(timer)
    }
  }
  return { send, close: () => pool.destroy() }
}

function pairs(headers: Record<string, string | string[] | undefined>): [string, string][] {
  return Object.entries(headers).flatMap(([name, values]) =>
    [values ?? []]
      .flat()
      .map((value): [string, string] => [name.toLowerCase(), Buffer.from(value, 'utf8').toString('latin1')]),
  )
}
