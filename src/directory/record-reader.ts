import { IS_ABSENT, IS_UUID } from './record-writer.ts'

/** Reads what `RecordWriter` packed, in the same order. One reader is used for all records: it only points. */
export class RecordReader {
  #buffer: Buffer = Buffer.alloc(0)
  #at = 0

  at(buffer: Buffer, offset: number): this {
    this.#buffer = buffer
    this.#at = offset
    return this
  }

  id(): string {
    if (this.#buffer[this.#at++] !== IS_UUID) return this.text()!
    const hex = this.#buffer.toString('hex', this.#at, this.#at + 16)
    this.#at += 16
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  }

  optionalId(): string | null {
    if (this.#buffer[this.#at] !== IS_ABSENT) return this.id()
    this.#at++
    return null
  }

  text(): string | null {
    const length = this.#count() - 1
    if (length < 0) return null
    this.#at += length
    return this.#buffer.toString('utf8', this.#at - length, this.#at)
  }

  time(): number | null {
    if (this.#buffer[this.#at++] === 0) return null
    this.#at += 8
    return this.#buffer.readDoubleLE(this.#at - 8)
  }

  /** Reads an id without making text of it. */
  isId(id: string): boolean {
    return this.#buffer[this.#at] === IS_UUID ? this.#isUuid(id) : this.id() === id
  }

  skipId(): this {
    if (this.#buffer[this.#at++] === IS_UUID) this.#at += 16
    else this.skipText()
    return this
  }

  skipText(): this {
    const length = this.#count() - 1
    if (length > 0) this.#at += length
    return this
  }

  /** Reads text without making a string of it, as long as it is ASCII. */
  isText(text: string): boolean {
    const start = this.#at
    const length = this.#count() - 1
    if (length < text.length) return false
    for (let n = 0; n < text.length; n++) {
      const code = text.charCodeAt(n)
      if (code > 0x7f) {
        this.#at = start
        return this.text() === text
      }
      if (this.#buffer[this.#at + n] !== code) return false
    }
    return length === text.length
  }

  #isUuid(id: string): boolean {
    if (id.length !== 36) return false
    for (let byte = 0, char = 0; byte < 16; byte++) {
      if (char === 8 || char === 13 || char === 18 || char === 23) if (id.charCodeAt(char++) !== 0x2d) return false
      const value = this.#buffer[this.#at + 1 + byte]!
      if (id.charCodeAt(char++) !== HEX.charCodeAt(value >>> 4)) return false
      if (id.charCodeAt(char++) !== HEX.charCodeAt(value & 15)) return false
    }
    return true
  }

  #count(): number {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#buffer[this.#at++]!
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
}

const HEX = '0123456789abcdef'
