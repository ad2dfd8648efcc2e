import { inspect } from 'node:util'

const REDACTED = '[redacted]'

/**
 * A value that must never be seen: it prints, logs and serialises as `[redacted]`. Only the code that needs the
 * bytes calls `reveal()`, so every place where a secret leaves its wrapping can be found by that name.
 */
export class Secret<Value = string> {
  readonly #value: Value

  constructor(value: Value) {
    this.#value = value
  }

  reveal(): Value {
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
