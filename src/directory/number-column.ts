const BITS = 16
const SIZE = 1 << BITS
const MASK = SIZE - 1

/** A column of 32-bit numbers, zero until set. It grows by whole chunks, so growing never copies what is there. */
export class NumberColumn {
  readonly #chunks: Uint32Array[] = []

  get(row: number): number {
    return this.#chunks[row >>> BITS]?.[row & MASK] ?? 0
  }

  set(row: number, value: number): void {
    while (this.#chunks.length <= row >>> BITS) this.#chunks.push(new Uint32Array(SIZE))
    this.#chunks[row >>> BITS]![row & MASK] = value
  }

  get bytes(): number {
    return this.#chunks.length * SIZE * Uint32Array.BYTES_PER_ELEMENT
  }
}
