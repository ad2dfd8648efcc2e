import { RE2JS } from 're2js'

export interface TextMatch {
  readonly kind: 'exact' | 'prefix' | 'suffix' | 'contains' | 'regex'
  readonly value: string
  readonly ignoreCase: boolean
}

/** @returns null, or what is wrong. */
export function checkTextMatch({ kind, value }: TextMatch): string | null {
  if (kind !== 'regex') return null
  try {
    RE2JS.compile(value)
    return null
  } catch (error) {
    return (error as Error).message
  }
}

/** @throws Error when `checkTextMatch` has something to say. */
export function compileTextMatch({ kind, value, ignoreCase }: TextMatch): (text: string) => boolean {
  if (kind === 'regex') {
    // as in Envoy, `ignoreCase` says nothing of expressions
    const expression = RE2JS.compile(value)
    return (text) => expression.matches(text)
  }
  const fold = ignoreCase ? (text: string) => text.toLowerCase() : (text: string) => text
  const wanted = fold(value)
  switch (kind) {
    case 'exact':
      return (text) => fold(text) === wanted
    case 'prefix':
      return (text) => fold(text).startsWith(wanted)
    case 'suffix':
      return (text) => fold(text).endsWith(wanted)
    case 'contains':
      return (text) => fold(text).includes(wanted)
  }
}
