import { type IpAddress, ipRange, prefixOf } from '../../base/ip-address.ts'

/** Finds what was said of the longest range that holds an address; of two that are equal, the later. */
export class LongestRange<T> {
  /** By family, then by length of the range, the longest first. */
  readonly #tables: Readonly<Record<4 | 6, { readonly length: number; readonly entries: Map<bigint, T> }[]>> = {
    4: [],
    6: [],
  }

  /** @param text as `ipRange` takes it. */
  add(text: string, value: T): void {
    const range = ipRange(text)!
    const tables = this.#tables[range.family]
    let table = tables.find(({ length }) => length === range.length)
    if (table === undefined) {
      table = { length: range.length, entries: new Map() }
      tables.push(table)
      tables.sort((a, b) => b.length - a.length)
    }
    table.entries.set(range.value, value)
  }

  /** @returns undefined where no range holds it. */
  find(address: IpAddress): T | undefined {
    for (const { length, entries } of this.#tables[address.family]) {
      const found = entries.get(prefixOf(address, length))
      if (found !== undefined) return found
    }
    return undefined
  }
}
