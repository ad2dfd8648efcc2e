import type { FoundField } from '../../policy/body/body-field.ts'
import { reasons } from './reasons.ts'
import type { Problem } from './refusals.ts'

/** What a client asked for, joined by single blanks; null for nothing in particular. */
export type Granted = { readonly scope: string | null; readonly problem: null } | { readonly problem: Problem }

const granted = (scope: string | null): Granted => ({ scope, problem: null })
const bad = (problem: Problem): Granted => ({ problem })

/** @param scopes those that clients may ask for; null: what they ask for is not looked at. */
export function scopeRule(scopes: readonly string[] | null, isMandatory: boolean) {
  const known = new Set(scopes)

  function requested(scope: FoundField): Granted {
    const nothing = isMandatory ? bad({ failure: reasons.noScope }) : granted(null)
    if (scope === undefined || scopes === null) return nothing
    if (typeof scope !== 'string') return bad({ failure: reasons.scopeNotText })
    const names = split(scope)
    const unknown = names.find((name) => !known.has(name))
    if (unknown !== undefined) {
      return bad({ failure: reasons.unknownScope, message: `"${unknown}" is an invalid scope` })
    }
    return names.length === 0 ? nothing : granted(names.join(' '))
  }

  return {
    requested,
    /** True when everything that was granted once may still be. */
    stillGranted: (scope: string | null): boolean => scope === null || split(scope).every((name) => known.has(name)),
  }
}
export type ScopeRule = ReturnType<typeof scopeRule>

/** Names separated by blanks. */
export function split(scope: string): string[] {
  return scope.split(/\s+/).filter((name) => name !== '')
}
