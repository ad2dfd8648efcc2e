import type { ResourceStatus } from '../../resources/status.ts'
import { type Backoff, backoffMs, type Wait } from '../watch/backoff.ts'
import type { StatusWriter } from './status-writer.ts'

const RETRY: Backoff = { firstMs: 500, longestMs: 30_000 }

/** Writes the newest statuses that are wanted, one round at a time, as long as this replica may. */
export class StatusFlow {
  readonly #writer: Pick<StatusWriter, 'write'>
  readonly #wait: Wait
  readonly #say: (level: 'info' | 'warn', message: string) => void
  readonly #ended: AbortSignal
  #wanted: readonly ResourceStatus[] | null = null
  #isWritten = true
  #mayWrite = false
  #reign = new AbortController()
  /** Ends a wait early: what is new is not put off because something old went wrong. */
  #news = new AbortController()
  #round: Promise<void> | null = null
  #told = ''

  constructor(
    writer: Pick<StatusWriter, 'write'>,
    wait: Wait,
    say: (level: 'info' | 'warn', message: string) => void,
    ended: AbortSignal,
  ) {
    this.#writer = writer
    this.#wait = wait
    this.#say = say
    this.#ended = ended
  }

  want(statuses: readonly ResourceStatus[]): void {
    this.#wanted = statuses
    this.#isWritten = false
    this.#news.abort()
    this.#news = new AbortController()
    this.#go()
  }

  /** A new leader writes everything anew: nobody knows how far the last one came. */
  allow(mayWrite: boolean): void {
    this.#mayWrite = mayWrite
    this.#reign.abort()
    this.#reign = new AbortController()
    this.#isWritten = this.#wanted === null
    this.#go()
  }

  /** Resolves when no write is on its way any more. */
  async settled(): Promise<void> {
    await this.#round
  }

  #go(): void {
    this.#round ??= this.#rounds().finally(() => {
      this.#round = null
      if (this.#hasWork()) this.#go()
    })
  }

  #hasWork(): boolean {
    return this.#mayWrite && !this.#isWritten && this.#wanted !== null && !this.#ended.aborted
  }

  async #rounds(): Promise<void> {
    let failures = 0
    while (this.#hasWork()) {
      this.#isWritten = true
      const signal = AbortSignal.any([this.#reign.signal, this.#ended])
      const news = this.#news.signal
      const problems = await this.#writer.write(this.#wanted!, signal)
      this.#tell(problems)
      failures = problems.length === 0 ? 0 : failures + 1
      if (problems.length > 0) {
        this.#isWritten = false
        await this.#wait(backoffMs(RETRY, failures, Math.random), AbortSignal.any([signal, news]))
      }
    }
  }

  /** The same trouble is told once. */
  #tell(problems: readonly string[]): void {
    const [first = '', ...others] = problems
    if (first !== '' && first !== this.#told) {
      this.#say('warn', others.length === 0 ? first : `${first} (and ${others.length} more)`)
    }
    this.#told = first
  }
}
