import type { NumberColumn } from './number-column.ts'

/** The columns of a row's links: row + 1, or 0 for none. */
export interface RowLinks {
  readonly first: NumberColumn
  readonly last: NumberColumn
  readonly before: NumberColumn
}

/**
 * The rows that belong to an owner's row, in the order in which they were appended: a doubly linked list through the
 * links that all rows have. In an owner's row, `first` and `last` are the ends of its list; in a row that is owned, `first`
 * is the owner, `last` the next one and `before` the one before.
 */
export class RowChains {
  readonly #links: RowLinks

  constructor(links: RowLinks) {
    this.#links = links
  }

  append(row: number, owner: number): void {
    const { first, last, before } = this.#links
    const end = last.get(owner)
    first.set(row, owner + 1)
    last.set(row, 0)
    before.set(row, end)
    if (end === 0) first.set(owner, row + 1)
    else last.set(end - 1, row + 1)
    last.set(owner, row + 1)
  }

  /** @returns the owner it belonged to. */
  remove(row: number): number {
    const { first, last, before } = this.#links
    const owner = this.ownerOf(row)
    const next = last.get(row)
    const previous = before.get(row)
    if (previous === 0) first.set(owner, next)
    else last.set(previous - 1, next)
    if (next === 0) last.set(owner, previous)
    else before.set(next - 1, previous)
    return owner
  }

  ownerOf(row: number): number {
    return this.#links.first.get(row) - 1
  }

  /** The first row that the owner has; -1 for none. */
  firstOf(owner: number): number {
    return this.#links.first.get(owner) - 1
  }

  /** The row behind one that is owned; -1 for none. */
  after(row: number): number {
    return this.#links.last.get(row) - 1
  }
}
