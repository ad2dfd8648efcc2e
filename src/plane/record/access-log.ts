import type { Writable } from 'node:stream'
import type { Outcome } from '../../policy/outcome.ts'
import type { HttpExchange, ResponseSeen } from '../exchange.ts'

/** Lines are written together when there are this many bytes of them, or after this many milliseconds. */
const FLUSH_BYTES = 32768
const FLUSH_MS = 200
/** Lines waiting for a reader that does not read are dropped beyond this, and counted. */
const BACKLOG_BYTES = 16 << 20

/**
 * One JSON line per exchange. The query is never written (tokens and keys travel in it), nor any header value of the
 * client's but Host.
 */
export class AccessLog {
  readonly #out: Writable
  readonly #timer: NodeJS.Timeout
  #lines = ''
  #dropped = 0

  constructor(out: Writable) {
    this.#out = out
    this.#timer = setInterval(() => this.flush(), FLUSH_MS)
    this.#timer.unref()
  }

  record(exchange: HttpExchange, response: ResponseSeen, outcome: Outcome): void {
    const { route, principal } = exchange
    let line =
      `{"time":"${new Date(exchange.now).toISOString()}","id":"${exchange.id}","client":"${exchange.facts.ip}",` +
      `"method":"${exchange.method}","host":${JSON.stringify(exchange.host)},"path":${JSON.stringify(exchange.rawPath)},` +
      `"status":${response.status},"bytes":${outcome.bytesOut},"ms":${outcome.totalMs.toFixed(2)}`
    if (outcome.upstreamMs !== null) line += `,"upstream_ms":${outcome.upstreamMs.toFixed(2)}`
    if (outcome.target !== null) line += `,"upstream":${JSON.stringify(outcome.target)}`
    if (outcome.attempts > 1) line += `,"tries":${outcome.attempts}`
    if (route !== null) {
      line += `,"route":${JSON.stringify(route.name ?? route.id)}`
      if (route.service !== null) line += `,"service":${JSON.stringify(route.service.name ?? route.service.id)}`
    }
    const consumer = principal.current?.consumer
    if (consumer) line += `,"consumer":${JSON.stringify(consumer.username ?? consumer.customId ?? consumer.id)}`
    if (exchange.refusedBy !== null) line += `,"policy":"${exchange.refusedBy}"`
    if (exchange.reasonCode !== null) line += `,"reason":"${exchange.reasonCode}"`
    if (exchange.refusalNote !== null) line += `,"detail":${JSON.stringify(exchange.refusalNote)}`
    if (!outcome.complete) line += ',"complete":false'
    this.#lines += `${line}}\n`
    if (this.#lines.length >= FLUSH_BYTES) this.flush()
  }

  flush(): void {
    if (this.#lines === '') return
    if (this.#out.writableLength > BACKLOG_BYTES) {
      this.#dropped += this.#lines.split('\n').length - 1
      this.#lines = ''
      return
    }
    if (this.#dropped > 0) {
      this.#lines = `{"dropped":${this.#dropped}}\n${this.#lines}`
      this.#dropped = 0
    }
    this.#out.write(this.#lines)
    this.#lines = ''
  }

  close(): void {
    clearInterval(this.#timer)
    this.flush()
  }
}
