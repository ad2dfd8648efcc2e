const WORD = 4
const CHUNK_WORDS = 1 << 16
const CHUNK_BYTES = CHUNK_WORDS * WORD
const HEADER = 8

interface Chunk {
  readonly buffer: Buffer
  /** Bytes used so far. */
  end: number
  /** Bytes of records that still count. */
  live: number
}

/**
 * Bytes of rows, in chunks of 256 KiB. A record is written once and never changed; a row that changes gets another.
 * Chunks of which less than half still counts are emptied, one at a time, so that neither space nor pauses grow.
 *
 * An address is a number of 32 bits: the chunk's number and the word in it.
 */
export class Arena {
  readonly #chunks: (Chunk | null)[] = []
  readonly #freeNumbers: number[] = []
  /** Numbers of chunks that are worth emptying. */
  readonly #sparse = new Set<number>()
  #current = -1

  /** Copies the bytes in. @returns the record's address. */
  write(row: number, bytes: Buffer): number {
    const size = HEADER + Math.ceil(bytes.length / WORD) * WORD
    const number = this.#chunkFor(size)
    const chunk = this.#chunks[number]!
    const at = chunk.end
    chunk.buffer.writeUInt32LE(row, at)
    chunk.buffer.writeUInt32LE(bytes.length, at + WORD)
    bytes.copy(chunk.buffer, at + HEADER)
    chunk.end += size
    chunk.live += size
    return number * CHUNK_WORDS + at / WORD
  }

  /** The buffer that holds a record; the record starts at `offsetOf(address)`. */
  bufferOf(address: number): Buffer {
    return this.#chunks[Math.floor(address / CHUNK_WORDS)]!.buffer
  }

  offsetOf(address: number): number {
    return (address % CHUNK_WORDS) * WORD + HEADER
  }

  free(address: number): void {
    const number = Math.floor(address / CHUNK_WORDS)
    const chunk = this.#chunks[number]!
    chunk.live -= sizeAt(chunk.buffer, (address % CHUNK_WORDS) * WORD)
    if (number === this.#current) return
    if (chunk.live === 0) this.#drop(number)
    else if (chunk.live * 2 < chunk.end) this.#sparse.add(number)
  }

  /**
   * Empties one sparse chunk, if there is one.
   *
   * @param addressOf where a row's record is now; records elsewhere are left behind.
   * @param move told of each record that got another address.
   */
  compactOne(addressOf: (row: number) => number, move: (row: number, address: number) => void): void {
    const [number] = this.#sparse
    if (number === undefined) return
    this.#sparse.delete(number)
    const { buffer, end } = this.#chunks[number]!
    for (let at = 0; at < end; at += sizeAt(buffer, at)) {
      const row = buffer.readUInt32LE(at)
      if (addressOf(row) !== number * CHUNK_WORDS + at / WORD) continue
      const length = buffer.readUInt32LE(at + WORD)
      move(row, this.write(row, buffer.subarray(at + HEADER, at + HEADER + length)))
    }
    this.#drop(number)
  }

  get bytes(): number {
    return this.#chunks.reduce((sum, chunk) => sum + (chunk?.buffer.length ?? 0), 0)
  }

  #chunkFor(size: number): number {
    // A record larger than a chunk gets one of its own; only its first word is ever an address.
    if (size > CHUNK_BYTES) return this.#open(size)
    const current = this.#chunks[this.#current]
    if (current != null && current.end + size <= current.buffer.length) return this.#current
    const before = this.#current
    this.#current = this.#open(CHUNK_BYTES)
    if (current != null && current.live === 0) this.#drop(before)
    else if (current != null && current.live * 2 < current.end) this.#sparse.add(before)
    return this.#current
  }

  #open(bytes: number): number {
    const number = this.#freeNumbers.pop() ?? this.#chunks.length
    this.#chunks[number] = { buffer: Buffer.allocUnsafeSlow(bytes), end: 0, live: 0 }
    return number
  }

  #drop(number: number): void {
    this.#chunks[number] = null
    this.#sparse.delete(number)
    this.#freeNumbers.push(number)
  }
}

function sizeAt(buffer: Buffer, at: number): number {
  return HEADER + Math.ceil(buffer.readUInt32LE(at + WORD) / WORD) * WORD
}
