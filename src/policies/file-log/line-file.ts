/**
 * Lines on their way into a file. Whoever adds one never waits: lines that come while others are being written go out
 * together in one write, which the system appends whole, also beside other processes that append to the same file.
 */
import type { Clock } from '../../base/clock.ts'
import type { PolicyLog } from '../../policy/policy.ts'
import type { OpenFile } from './safe-open.ts'

export interface LineFileTools {
  readonly path: string
  /** Open anew for every write. */
  readonly reopen: boolean
  readonly clock: Clock
  readonly log: PolicyLog
  /** @throws Error that says why the file can't be opened. */
  open(): Promise<OpenFile>
  /** Resolves after so many milliseconds. */
  sleep(ms: number): Promise<void>
}

/** Bytes that wait for a file that takes none; lines beyond are dropped and counted. */
const BACKLOG_BYTES = 16 << 20
/** Losses are told at most this often, in milliseconds. */
const TELL_MS = 10_000
/** Pause when a pipe is full, in milliseconds, and how often that may follow one another. */
const FULL_MS = 20
const FULL_LIMIT = 150

export class LineFile {
  readonly #tools: LineFileTools
  #lines: string[] = []
  #bytes = 0
  #file: OpenFile | null = null
  #writing: Promise<void> | null = null
  #lost = 0
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(tools: LineFileTools) {
    this.#tools = tools
  }

  /** @param line without its line feed. */
  add(line: string): void {
    const bytes = Buffer.byteLength(line) + 1
    if (this.#bytes + bytes > BACKLOG_BYTES) return this.#lose(1, 'the file takes none')
    this.#lines.push(line)
    this.#bytes += bytes
    if (this.#writing === null) this.#start()
  }

  /** A line may come when the last one is written and the file not closed yet: it starts the next round. */
  #start(): void {
    this.#writing = this.#write().finally(() => {
      this.#writing = null
      if (this.#lines.length > 0) this.#start()
    })
  }

  /** Writes what is there and closes the file; a line that is added later opens it again. */
  async close(): Promise<void> {
    while (this.#writing !== null) await this.#writing
    await this.#shut()
    this.#tell('the gateway stops')
  }

  /** Never rejects. */
  async #write(): Promise<void> {
    // not within the request that brought the first line
    await null
    while (this.#lines.length > 0) {
      const lines = this.#lines
      this.#lines = []
      this.#bytes = 0
      try {
        if (this.#tools.reopen) await this.#shut()
        this.#file ??= await this.#tools.open()
        await this.#writeAll(this.#file, Buffer.from(`${lines.join('\n')}\n`))
      } catch (error) {
        this.#lose(lines.length, error instanceof Error ? error.message : String(error))
        await this.#shut()
      }
    }
    if (this.#tools.reopen) await this.#shut()
  }

  async #writeAll(file: OpenFile, bytes: Uint8Array): Promise<void> {
    let full = 0
    for (let at = 0; at < bytes.length; ) {
      try {
        at += await file.write(bytes.subarray(at))
        full = 0
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EAGAIN' || ++full > FULL_LIMIT) throw error
        await this.#tools.sleep(FULL_MS)
      }
    }
  }

  async #shut(): Promise<void> {
    const file = this.#file
    this.#file = null
    await file?.close().catch(() => {})
  }

  #lose(lines: number, reason: string): void {
    this.#lost += lines
    if (this.#tools.clock.now() - this.#toldAt >= TELL_MS) this.#tell(reason)
  }

  #tell(reason: string): void {
    if (this.#lost === 0) return
    this.#tools.log.error({ path: this.#tools.path, lost: this.#lost, reason }, 'records could not be written')
    this.#lost = 0
    this.#toldAt = this.#tools.clock.now()
  }
}
