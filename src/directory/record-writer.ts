const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
export const IS_UUID = 1
export const IS_TEXT = 0
/** In place of an id that may be left out. */
export const IS_ABSENT = 2

/**
 * Packs values one after the other into a buffer of its own that is used again for the next record.
 * An id is a mark and 16 bytes when it is a UUID; text is its UTF-8 length plus one (0 for null), seven bits a byte, and its bytes.
 */
export class RecordWriter {
  #buffer = Buffer.allocUnsafeSlow(1024)
  #end = 0

  start(): this {
    this.#end = 0
    return this
  }

  id(id: string): this {
    this.#reserve(17)
    if (UUID.test(id)) {
      this.#buffer[this.#end] = IS_UUID
      this.#buffer.write(id.replaceAll('-', ''), this.#end + 1, 'hex')
      this.#end += 17
      return this
    }
    this.#buffer[this.#end++] = IS_TEXT
    return this.text(id)
  }

  /** An id, or one byte in place of one. */
  optionalId(id: string | null): this {
    if (id !== null) return this.id(id)
    this.#reserve(1)
    this.#buffer[this.#end++] = IS_ABSENT
    return this
  }

  text(text: string | null): this {
    if (text === null) return this.#count(0)
    const length = Buffer.byteLength(text)
    this.#count(length + 1)
    this.#reserve(length)
    this.#buffer.write(text, this.#end, 'utf8')
    this.#end += length
    return this
  }

  /** A time, or null. */
  time(milliseconds: number | null): this {
    this.#reserve(9)
    this.#buffer[this.#end++] = milliseconds === null ? 0 : 1
    if (milliseconds !== null) this.#end = this.#buffer.writeDoubleLE(milliseconds, this.#end)
    return this
  }

  /** What was packed since `start`; good until the next `start`. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#end)
  }

  #count(value: number): this {
    this.#reserve(5)
    let rest = value
    while (rest > 0x7f) {
      this.#buffer[this.#end++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.#buffer[this.#end++] = rest
    return this
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.#buffer.length * 2, this.#end + bytes))
    this.#buffer.copy(larger, 0, 0, this.#end)
    this.#buffer = larger
  }
}
