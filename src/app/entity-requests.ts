import type { EntityOutcome, EntityWrite, WriteEntity } from '../policy/entities.ts'

/** How long a worker waits for the control process, in milliseconds: longer than a store takes to give up. */
const PATIENCE_MS = 15_000
/** Writes under way at once; more are refused rather than piled up. */
const MOST_WAITING = 1024

/** A worker's writes of rows, made by the control process: questions on their way, and who waits for the answers. */
export class EntityRequests {
  readonly #send: (id: number, write: EntityWrite) => void
  readonly #waiting = new Map<number, (outcome: EntityOutcome) => void>()
  #lastId = 0

  constructor(send: (id: number, write: EntityWrite) => void) {
    this.#send = send
  }

  readonly write: WriteEntity = (write) => {
    if (this.#waiting.size >= MOST_WAITING) {
      return Promise.resolve({ kind: 'unavailable', why: 'too many writes are under way' })
    }
    const id = ++this.#lastId
    return new Promise((resolve) => {
      const late = setTimeout(() => {
        this.answered(id, {
          kind: 'unavailable',
          why: 'the control process does not answer; the write may have been made',
        })
      }, PATIENCE_MS)
      this.#waiting.set(id, (outcome) => {
        clearTimeout(late)
        resolve(outcome)
      })
      this.#send(id, write)
    })
  }

  answered(id: number, outcome: EntityOutcome): void {
    this.#waiting.get(id)?.(outcome)
    this.#waiting.delete(id)
  }
}
