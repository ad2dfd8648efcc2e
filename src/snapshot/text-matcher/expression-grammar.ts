/**
 * The part of the expression language that can be read and proven here: literals, classes, groups, alternatives and
 * repetitions over ASCII. Anything beyond it is not wrong, only not for the built-in engine (see `linear-proof.ts`).
 */
export type Node =
  /** One character out of a set; bit n stands for the character of code n, bit 128 for the end of the text. */
  | { readonly kind: 'one'; readonly set: bigint }
  | { readonly kind: 'all'; readonly of: readonly Node[] }
  | { readonly kind: 'any'; readonly of: readonly Node[] }
  | { readonly kind: 'repeat'; readonly of: Node; readonly min: number; readonly max: number }

export const END = 1n << 128n
const ASCII = END - 1n
const bit = (code: number) => 1n << BigInt(code)

function range(from: string, to: string): bigint {
  let set = 0n
  for (let code = from.charCodeAt(0); code <= to.charCodeAt(0); code++) set |= bit(code)
  return set
}

const digit = range('0', '9')
const word = digit | range('a', 'z') | range('A', 'Z') | bit(0x5f)
const blank = range('\t', '\r') | bit(0x20)
const classes: Readonly<Record<string, bigint>> = {
  d: digit,
  D: ASCII & ~digit,
  w: word,
  W: ASCII & ~word,
  s: blank,
  S: ASCII & ~blank,
}
const META = /[.*+?()[\]{}|^$\\]/
const COUNTS = /\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/y
/** As in RE2. */
const LARGEST_COUNT = 1000
const GROUP = /\((?:\?(?::|P?<[A-Za-z_]\w*>))?/y

/** Reads an expression. @returns null when it uses anything outside the grammar. */
export function parseExpression(source: string): Node | null {
  let at = 0
  /** One counted repetition is read; nested ones multiply, which RE2 bounds. */
  let counted = false

  function alternatives(): Node | null {
    const of: Node[] = []
    do {
      const one = sequence()
      if (one === null) return null
      of.push(one)
    } while (source[at] === '|' && ++at)
    return of.length === 1 ? of[0]! : { kind: 'any', of }
  }

  function sequence(): Node | null {
    const of: Node[] = []
    while (at < source.length && source[at] !== '|' && source[at] !== ')') {
      const atom = repeated()
      if (atom === null) return null
      of.push(atom)
    }
    return { kind: 'all', of }
  }

  function repeated(): Node | null {
    const of = atom()
    if (of === null) return null
    const counts = repetition()
    if (counts === undefined) return null
    if (counts === null) return of
    if (source[at] === '?') at++
    if (/[*+?{]/.test(source[at] ?? '')) return null
    return { kind: 'repeat', of, min: counts[0], max: counts[1] }
  }

  /** The repetition that stands here; null for none, undefined for one that can't be read. */
  function repetition(): readonly [min: number, max: number] | null | undefined {
    switch (source[at]) {
      case '*':
        at++
        return [0, Number.POSITIVE_INFINITY]
      case '+':
        at++
        return [1, Number.POSITIVE_INFINITY]
      case '?':
        at++
        return [0, 1]
      case '{': {
        COUNTS.lastIndex = at
        const counts = COUNTS.exec(source)
        if (counts === null) return undefined
        at = COUNTS.lastIndex
        const min = Number(counts[1])
        const max = counts[2] === undefined ? min : Number(counts[3] ?? Number.POSITIVE_INFINITY)
        // What RE2 bounds is not read, or an expression would work for some paths only.
        const isBounded = min <= LARGEST_COUNT && (max <= LARGEST_COUNT || max === Number.POSITIVE_INFINITY)
        if (counted || !isBounded || max < min) return undefined
        counted = true
        return [min, max]
      }
      default:
        return null
    }
  }

  function atom(): Node | null {
    const char = source[at]!
    if (char === '(') return group()
    if (char === '[') return charClass()
    if (char === '\\') return escaped()
    at++
    if (char === '.') return { kind: 'one', set: ASCII & ~bit(0x0a) }
    if (char === '$') return { kind: 'one', set: END }
    return META.test(char) || char > '\x7f' ? null : { kind: 'one', set: bit(char.charCodeAt(0)) }
  }

  function group(): Node | null {
    GROUP.lastIndex = at
    if (!GROUP.test(source)) return null
    at = GROUP.lastIndex
    if (source[at] === '?') return null
    const inner = alternatives()
    if (inner === null || source[at] !== ')') return null
    at++
    return inner
  }

  function escaped(): Node | null {
    const set = escapedSet()
    return set === null ? null : { kind: 'one', set }
  }

  function escapedSet(): bigint | null {
    const char = source[at + 1]
    if (char === undefined) return null
    at += 2
    const set = classes[char]
    if (set !== undefined) return set
    return /[A-Za-z0-9]/.test(char) || char > '\x7f' ? null : bit(char.charCodeAt(0))
  }

  function charClass(): Node | null {
    at++
    const negated = source[at] === '^'
    if (negated) at++
    if (source[at] === ']') return null
    let set = 0n
    while (source[at] !== ']') {
      const from = classMember()
      if (from === null) return null
      if (source[at] === '-' && source[at + 1] !== ']') {
        at++
        const to = classMember()
        if (to === null || single(from) === null || single(to) === null || single(to)! < single(from)!) return null
        set |= range(String.fromCharCode(single(from)!), String.fromCharCode(single(to)!))
      } else set |= from
    }
    at++
    return { kind: 'one', set: negated ? ASCII & ~set : set }
  }

  function classMember(): bigint | null {
    const char = source[at]
    if (char === undefined || char === '[' || char > '\x7f') return null
    if (char === '\\') return escapedSet()
    at++
    return bit(char.charCodeAt(0))
  }

  const node = alternatives()
  return node === null || at < source.length ? null : node
}

/** The code of the only character in a set, or null. */
function single(set: bigint): number | null {
  if (set === 0n || (set & (set - 1n)) !== 0n) return null
  return set.toString(2).length - 1
}
