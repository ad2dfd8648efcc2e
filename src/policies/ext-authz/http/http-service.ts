import type { AskBackend, BackendAnswer } from '../../../policy/backend-connections.ts'
import type { Exchange } from '../../../policy/exchange.ts'
import { type CompiledHeader, compileHeaders } from '../../../policy/header-changes.ts'
import type { Authorizer } from '../authorizer.ts'
import { type Decision, undecided } from '../decision.ts'
import type { Question } from '../question.ts'
import type { Config } from '../schema.ts'
import { replyReader } from './reply.ts'

/** Asks by a copy of the request: same method, host and path, the headers that are told. */
export class HttpService implements Authorizer {
  readonly #ask: AskBackend
  readonly #prefix: string
  readonly #added: readonly CompiledHeader[]
  readonly #decision: (reply: BackendAnswer) => Decision

  constructor(ask: AskBackend, config: Config) {
    this.#ask = ask
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
      const reply = await this.#ask({
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
