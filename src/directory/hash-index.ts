const PARTS = 256
const SMALLEST = 8

/**
 * Row numbers by 32-bit hash: open addressing with linear probing, in 256 independent parts, so that the longest pause
 * when it grows is that of re-placing one 256th. Which of the rows of one hash is meant, the caller tells.
 *
 * A part is pairs of (hash, row + 1); 0 in the second place marks a free pair.
 */
export class HashIndex {
  readonly #parts: (Uint32Array | null)[] = Array(PARTS).fill(null)
  readonly #counts = new Uint32Array(PARTS)

  /** The first row of that hash for which `isMeant(row, key)` holds; -1 when there is none. */
  find(hash: number, key: string, isMeant: (row: number, key: string) => boolean): number {
    const part = this.#parts[hash >>> 24]!
    if (part === null) return -1
    const mask = part.length - 1
    for (let at = home(hash, mask); part[at + 1] !== 0; at = (at + 2) & mask) {
      if (part[at] === hash && isMeant(part[at + 1]! - 1, key)) return part[at + 1]! - 1
    }
    return -1
  }

  add(hash: number, row: number): void {
    const p = hash >>> 24
    let part = (this.#parts[p] ??= new Uint32Array(2 * SMALLEST))
    const pairs = part.length / 2
    if ((this.#counts[p]! + 1) * 4 > pairs * 3) this.#parts[p] = part = enlarged(part)
    place(part, hash, row + 1)
    this.#counts[p]!++
  }

  /** Takes out the pair of this hash and row, if there is one. */
  remove(hash: number, row: number): void {
    const p = hash >>> 24
    const part = this.#parts[p]!
    if (part === null) return
    const mask = part.length - 1
    for (let at = home(hash, mask); part[at + 1] !== 0; at = (at + 2) & mask) {
      if (part[at] !== hash || part[at + 1] !== row + 1) continue
      closeGap(part, at)
      if (--this.#counts[p]! === 0) this.#parts[p] = null
      return
    }
  }

  get bytes(): number {
    return this.#parts.reduce((sum, part) => sum + (part?.byteLength ?? 0), 0)
  }
}

/** Where a hash would stand if nothing were in its way. The top bits chose the part already. */
function home(hash: number, mask: number): number {
  return (hash << 1) & mask & ~1
}

function place(part: Uint32Array, hash: number, rowPlusOne: number): void {
  const mask = part.length - 1
  let at = home(hash, mask)
  while (part[at + 1] !== 0) at = (at + 2) & mask
  part[at] = hash
  part[at + 1] = rowPlusOne
}

function enlarged(part: Uint32Array): Uint32Array {
  const larger = new Uint32Array(part.length * 2)
  for (let at = 0; at < part.length; at += 2) if (part[at + 1] !== 0) place(larger, part[at]!, part[at + 1]!)
  return larger
}

/** Frees a pair and moves up those behind it that are not at home, so that no walk ends too early. */
function closeGap(part: Uint32Array, freed: number): void {
  const mask = part.length - 1
  let gap = freed
  for (let at = (gap + 2) & mask; part[at + 1] !== 0; at = (at + 2) & mask) {
    const wanted = home(part[at]!, mask)
    const distanceOfGap = (gap - wanted) & mask
    const distanceOfPair = (at - wanted) & mask
    if (distanceOfGap > distanceOfPair) continue
    part[gap] = part[at]!
    part[gap + 1] = part[at + 1]!
    gap = at
  }
  part[gap] = 0
  part[gap + 1] = 0
}
