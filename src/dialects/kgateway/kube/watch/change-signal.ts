/** After a change this long is waited for more, so that many are told of at once. Milliseconds. */
const QUIET_MS = 20
/** But a stream of changes does not put off telling of them for longer than this. */
const LONGEST_MS = 200

/** Tells of changes, gathered. */
export class ChangeSignal {
  #listener: (() => void) | null = null
  #timer: NodeJS.Timeout | null = null
  #first = 0

  onChange(listener: () => void): void {
    this.#listener = listener
  }

  note(): void {
    const now = performance.now()
    if (this.#timer === null) this.#first = now
    else clearTimeout(this.#timer)
    const wait = Math.max(0, Math.min(QUIET_MS, this.#first + LONGEST_MS - now))
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#listener?.()
    }, wait)
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = null
    this.#listener = null
  }
}
