import type { Problem } from '../../../model/problem.ts'

const PLACEHOLDER = /\$\{\{\s*env\s+"([^"]*)"\s*((?:\|\s*[^}|]+)*)\}\}/g
const TYPES: Readonly<Record<string, RegExp>> = {
  toInt: /^-?\d+$/,
  toFloat: /^-?\d+(\.\d+)?$/,
  toBool: /^(true|false)$/,
}

/**
 * Puts environment variables in the place of `${{ env "DECK_NAME" }}`, as decK does, outside of comment lines. A pipe
 * (`| toInt`) only checks what the variable holds: the text stands unquoted then, so YAML reads the type.
 */
export function withEnvironment(
  text: string,
  source: string,
  environment: Readonly<Record<string, string | undefined>>,
): { readonly text: string; readonly problems: readonly Problem[] } {
  if (!text.includes('${{')) return { text, problems: [] }
  const problems: Problem[] = []
  const lines = text.split('\n').map((line, n) => {
    if (line.trimStart().startsWith('#')) return line
    return line.replace(PLACEHOLDER, (_, name: string, pipes: string) => {
      const value = environment[name]
      const problem = problemWith(name, value, pipes)
      if (problem !== null) problems.push({ source, line: n + 1, path: '', message: problem })
      return value ?? ''
    })
  })
  return { text: lines.join('\n'), problems }
}

function problemWith(name: string, value: string | undefined, pipes: string): string | null {
  if (!name.startsWith('DECK_')) return `environment variables used here must start with DECK_: ${name}`
  if (value === undefined) return `environment variable ${name} is not set`
  for (const pipe of pipes.split('|').slice(1)) {
    const type = TYPES[pipe.trim()]
    if (type === undefined) return `unknown pipe '${pipe.trim()}': use toInt, toFloat or toBool`
    if (!type.test(value)) return `environment variable ${name} does not hold what ${pipe.trim()} asks for`
  }
  return null
}
