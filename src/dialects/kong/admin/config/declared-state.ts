import { createHash, randomUUID } from 'node:crypto'

/** What is told of a gateway that nothing was declared to. */
const NOTHING = '0'.repeat(32)

/** What was last declared to a gateway without a database, known by the MD5 of its text, as clients of Kong compare it. */
export class DeclaredState {
  /** What keys and secrets are made of that a document leaves out: the same as long as this process runs. */
  readonly seed = randomUUID()
  #hash = NOTHING
  #touched = 0

  /** Changes whenever what is served does. */
  get hash(): string {
    return this.#touched === 0 ? this.#hash : hashOf(`${this.#hash} and ${this.#touched} writes`)
  }

  /** True while nothing was declared or written. */
  get isEmpty(): boolean {
    return this.hash === NOTHING
  }

  declared(text: string): void {
    this.#hash = hashOf(text)
    this.#touched = 0
  }

  /** A single entity was written since: what is served is no longer what was declared. */
  touched(): void {
    this.#touched++
  }

  isStill(text: string): boolean {
    return this.#touched === 0 && hashOf(text) === this.#hash
  }
}

function hashOf(text: string): string {
  return createHash('md5').update(text).digest('hex')
}
