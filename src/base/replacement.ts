import { RE2JS } from 're2js'

/** In characters. Compiling takes time that other requests wait for. */
const LONGEST = 16_384

/**
 * Whether an expression and what takes the place of its matches can be used: RE2's syntax, and `\0` to `\9` for groups
 * of the match, `\\` for a backslash.
 *
 * @returns null, or what is wrong.
 */
export function replacementProblem(pattern: string, substitution: string): string | null {
  if (pattern.length > LONGEST) return `expression too large: over ${LONGEST} characters`
  let groups: number
  try {
    groups = RE2JS.compile(pattern).groupCount()
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  for (const [written, char] of substitution.matchAll(/\\(.?)/gs)) {
    if (char === '\\') continue
    if (!/^[0-9]$/.test(char!))
      return `substitution: '${written}' is neither a group (\\0 to \\9) nor a backslash (\\\\)`
    if (Number(char) > groups) return `substitution: the expression has no group ${char}`
  }
  return null
}

/**
 * Replaces every match, as RE2's GlobalReplace does: from left to right, and nothing empty right behind a match. Linear in
 * the length of the text, since the text is a stranger's.
 *
 * @throws Error when `replacementProblem` has something to say.
 */
export function replacer(pattern: string, substitution: string): (text: string) => string {
  const problem = replacementProblem(pattern, substitution)
  if (problem !== null) throw new Error(`not a usable replacement: ${problem}`)
  const expression = RE2JS.compile(pattern)
  const parts = substitution.split(/(\\.)/s).filter((part) => part !== '')

  return (text) => {
    const matcher = expression.matcher(text)
    let result = ''
    let copied = 0
    let lastEnd = -1
    while (matcher.find()) {
      const [start, end] = [matcher.start(), matcher.end()]
      if (start === end && start === lastEnd) continue
      result += text.slice(copied, start)
      for (const part of parts) {
        if (part === '\\\\') result += '\\'
        else if (part.length === 2 && part.startsWith('\\')) result += matcher.group(Number(part[1])) ?? ''
        else result += part
      }
      copied = lastEnd = end
    }
    return result + text.slice(copied)
  }
}
