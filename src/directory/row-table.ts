import { Arena } from './arena.ts'
import { NumberColumn } from './number-column.ts'
import { RecordReader } from './record-reader.ts'

/** A row that holds nothing and waits to be used again. */
export const FREE = 0

/**
 * Rows of a directory: each is a few numbers in columns and a record of bytes in the arena. What the numbers mean is the
 * directory's business, except that `links.first` strings free rows together.
 */
export class RowTable {
  /** What a row holds. */
  readonly contents = new NumberColumn()
  /** Three links of a row to others: row + 1, or 0 for none. */
  readonly links = { first: new NumberColumn(), last: new NumberColumn(), before: new NumberColumn() }
  readonly #generations = new NumberColumn()
  readonly #addresses = new NumberColumn()
  readonly #arena = new Arena()
  readonly #reader = new RecordReader()
  #count = 0
  #free = 0

  /** A row without content, links or record. */
  take(): number {
    if (this.#free === 0) return this.#count++
    const row = this.#free - 1
    this.#free = this.links.first.get(row)
    this.links.first.set(row, 0)
    return row
  }

  /** Gives a row up. */
  free(row: number): void {
    this.#arena.free(this.#addresses.get(row) - 1)
    this.#addresses.set(row, 0)
    this.contents.set(row, FREE)
    this.#generations.set(row, this.generation(row) + 1)
    this.links.last.set(row, 0)
    this.links.before.set(row, 0)
    this.links.first.set(row, this.#free)
    this.#free = row + 1
  }

  /** How often the row was written or given up. */
  generation(row: number): number {
    return this.#generations.get(row)
  }

  /** Replaces the row's record. */
  write(row: number, record: Buffer): void {
    const before = this.#addresses.get(row)
    if (before !== 0) this.#arena.free(before - 1)
    this.#addresses.set(row, this.#arena.write(row, record) + 1)
    this.#generations.set(row, this.generation(row) + 1)
  }

  /** The row's record, from its start. There is one reader: it holds until the next call. */
  read(row: number): RecordReader {
    const address = this.#addresses.get(row) - 1
    return this.#reader.at(this.#arena.bufferOf(address), this.#arena.offsetOf(address))
  }

  /** A bounded step of keeping the arena small. */
  compact(): void {
    this.#arena.compactOne(this.#addressOf, this.#moveTo)
  }

  /** Rows ever used at once. */
  get count(): number {
    return this.#count
  }

  get bytes(): number {
    const { first, last, before } = this.links
    const parts = [this.#arena, this.contents, this.#generations, this.#addresses, first, last, before]
    return parts.reduce((sum, part) => sum + part.bytes, 0)
  }

  readonly #addressOf = (row: number): number => this.#addresses.get(row) - 1
  readonly #moveTo = (row: number, address: number): void => this.#addresses.set(row, address + 1)
}
