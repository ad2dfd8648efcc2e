import { RE2JS } from 're2js'
import { checkExpression, readDifferently } from '../../base/expression.ts'
import { isProvenLinear } from './linear-proof.ts'

const BEYOND_ASCII = /[\x80-\xff]/

/** As `checkExpression`, for a path: `source` is what follows the `~`. */
export function checkPathExpression(source: string): string | null {
  return checkExpression(source)
}

/**
 * A path's regular expression, compiled: anchored at the start, linear in the length of the path. Proven expressions run
 * on the built-in engine; the other engine is then made only for the rare path that is not ASCII.
 */
export class PathExpression {
  /** Text every matching path starts with; what the matcher indexes the expression by. */
  readonly literalPrefix: string
  readonly #source: string
  readonly #proven: RegExp | null
  #linear: RE2JS | null = null

  /** @throws Error when `checkPathExpression(source)` has something to say. */
  constructor(source: string) {
    this.#source = source
    this.#proven = provenExpression(source)
    const problem = this.#proven === null ? checkPathExpression(source) : null
    if (problem !== null) throw new Error(`not a usable expression: ${problem}`)
    this.literalPrefix = literalPrefix(source)
  }

  /** @param path normalised, one character a byte. @returns how many bytes matched, or -1. */
  matchLength(path: string): number {
    if (this.#proven !== null && !BEYOND_ASCII.test(path)) {
      this.#proven.lastIndex = 0
      return this.#proven.test(path) ? this.#proven.lastIndex : -1
    }
    const text = decoded(path)
    if (text === null) return -1
    const matcher = this.#linearEngine().matcher(text)
    if (!matcher.lookingAt()) return -1
    return text === path ? matcher.end() : Buffer.byteLength(text.slice(0, matcher.end()))
  }

  /** Groups by number (`0` is the whole match) and by name, of a path that matched. */
  captures(path: string): Readonly<Record<string, string>> {
    const groups: Record<string, string> = Object.create(null)
    const engine = this.#linearEngine()
    const matcher = engine.matcher(decoded(path) ?? '')
    if (!matcher.lookingAt()) return groups
    for (let n = 0; n <= matcher.groupCount(); n++) groups[n] = matcher.group(n) ?? ''
    for (const [name, n] of Object.entries(engine.namedGroups())) groups[name] = groups[Number(n)] ?? ''
    return groups
  }

  #linearEngine(): RE2JS {
    this.#linear ??= RE2JS.compile(this.#source)
    return this.#linear
  }
}

const NAMED_IN_CLASS = /\[[^\]]*\(\?P</

/** For the built-in engine, which must be tried at one place only (`y`); null when linear time can't be promised. */
function provenExpression(source: string): RegExp | null {
  const body = source.startsWith('^') ? source.slice(1) : source
  if (!isProvenLinear(body) || readDifferently(source) !== null || NAMED_IN_CLASS.test(body)) return null
  return new RegExp(
    body.replace(/\\.|\(\?P</g, (piece) => (piece === '(?P<' ? '(?<' : piece)),
    'y',
  )
}

/** Bytes as text; null when they are no UTF-8 (no expression over text can be said to match those). */
function decoded(path: string): string | null {
  if (!BEYOND_ASCII.test(path)) return path
  const bytes = Buffer.from(path, 'latin1')
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes) ? text : null
}

const PLAIN = /[A-Za-z0-9/_~@:%&=,;<>'"! -]/

/** The literal text at the start of an expression; empty when it has alternatives outside of groups. */
export function literalPrefix(source: string): string {
  if (hasOuterAlternative(source)) return ''
  let text = ''
  for (let at = source[0] === '^' ? 1 : 0; at < source.length; at++) {
    let char = source[at]!
    if (char === '\\') {
      char = source[++at] ?? ''
      if (!/[^A-Za-z0-9\x80-\uffff]/.test(char)) return text
    } else if (!PLAIN.test(char)) return text
    if (/[*?{]/.test(source[at + 1] ?? '')) return text
    text += char
    if (source[at + 1] === '+') return text
  }
  return text
}

function hasOuterAlternative(source: string): boolean {
  let depth = 0
  let inClass = false
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!
    if (char === '\\') at++
    else if (inClass) {
      if (char === '[' && source[at + 1] === ':') at = Math.max(source.indexOf(':]', at) + 1, at)
      else if (char === ']') inClass = false
    } else if (char === '[') {
      inClass = true
      if (source[at + 1] === '^') at++
      if (source[at + 1] === ']') at++
    } else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === '|' && depth === 0) return true
  }
  return false
}
