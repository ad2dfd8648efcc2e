import { inspect } from 'node:util'

const REDACTED = '[redacted]'

/**
 * A value that must never be seen: it prints, logs and serialises as `[redacted]`. Only the code that needs the
 * bytes calls `reveal()`, so every place where a secret leaves its wrapping can be found by that name.
 */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  reveal(): string {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [inspect.custom](): string {
    return REDACTED
  }
}
