import { inspect } from 'node:util'

const REDACTED = '[redacted]'

/** As `Secret`, for bytes: a certificate's key, a file of passwords. */
export class SecretBytes {
  readonly #bytes: Buffer

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  reveal(): Buffer {
    return this.#bytes
  }

  revealText(): string {
    return this.#bytes.toString('utf8')
  }

  equals(other: SecretBytes): boolean {
    return this.#bytes.equals(other.#bytes)
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
