import { RE2JS } from 're2js'

/** In characters. Compiling takes time that other requests wait for: 400,000 stopped a process for seconds. */
const LONGEST = 16_384

const COUNTS = /^\{\d+(,\d*)?\}/

/**
 * Whether a path or header expression can be used: the syntax of Rust's `regex` (no look-around, no back-references),
 * of which only what also RE2 understands, with the same meaning, is taken.
 *
 * @returns null, or what is wrong with it.
 */
export function checkExpression(source: string): string | null {
  if (source.length > LONGEST) return `expression too large: over ${LONGEST} characters`
  const misread = readDifferently(source)
  if (misread !== null) return misread
  try {
    RE2JS.compile(source)
    return null
  } catch (error) {
    return error instanceof Error ? error.message.replace('error parsing regexp: ', '') : String(error)
  }
}

/** What RE2 would read in another sense than Rust: refused, since a route must not match what it does not seem to. */
export function readDifferently(source: string): string | null {
  let inClass = false
  for (let at = 0; at < source.length; at++) {
    const char = source[at]!
    if (char === '\\') {
      at++
      if (/[QEC]/.test(source[at] ?? '')) return `unsupported escape sequence: \`\\${source[at]}\``
      if (/[pPx]/.test(source[at] ?? '') && source[at + 1] === '{') at = source.indexOf('}', at)
      if (at < 0) return 'unclosed escape sequence'
    } else if (inClass) {
      if (char === '[' && source[at + 1] === ':') at = Math.max(source.indexOf(':]', at) + 1, at)
      else if (char === '[') return 'a class inside a class is not supported: write `\\[` for the bracket'
      else if (/^(&&|--|~~)/.test(source.slice(at))) return `\`${char}${char}\` inside a class is not supported`
      else if (char === ']') inClass = false
    } else if (char === '[') {
      inClass = true
      if (source[at + 1] === '^') at++
      if (source[at + 1] === ']') at++
    } else if (char === '{' && !COUNTS.test(source.slice(at))) return 'a literal `{` must be written `\\{`'
    else if (char === '{') at = source.indexOf('}', at)
  }
  return null
}

/**
 * Whether a whole text matches an expression that `checkExpression` took. Linear in the length of the text, since the
 * text is a stranger's. `^` at the start and `$` at the end may be written and change nothing.
 *
 * @throws Error when `checkExpression(source)` has something to say.
 */
export function wholeTextMatcher(source: string): (text: string) => boolean {
  const expression = RE2JS.compile(checkedSource(source))
  return (text) => expression.matches(text)
}

/** As `wholeTextMatcher`, for an expression that may match anywhere in the text. */
export function textSearcher(source: string): (text: string) => boolean {
  const expression = RE2JS.compile(checkedSource(source))
  return (text) => expression.matcher(text).find()
}

function checkedSource(source: string): string {
  const problem = checkExpression(source)
  if (problem !== null) throw new Error(`not a usable expression: ${problem}`)
  return source
}
