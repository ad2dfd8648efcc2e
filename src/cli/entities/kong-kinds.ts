import type { EntityKind } from '../../dialects/kong/entities/kind.ts'
import { UsageError } from '../failure.ts'

/** Rows that come and go while requests are served: no part of anybody's configuration. */
const RUNTIME = new Set(['oauth2_tokens', 'oauth2_authorization_codes', 'sessions'])

/**
 * Every kind of entity, in an order in which each comes after what it points at.
 * Loaded on demand, so that the small commands need not wait for every policy to load.
 */
export async function kongKinds(): Promise<ReadonlyMap<string, EntityKind>> {
  const { entityKinds } = await import('../../dialects/kong/entities/kinds.ts')
  const { policies } = await import('../../policies/index.ts')
  return entityKinds(policies, () => Date.now())
}

export function configured(kinds: ReadonlyMap<string, EntityKind>): ReadonlyMap<string, EntityKind> {
  return new Map([...kinds].filter(([name]) => !RUNTIME.has(name)))
}

/** `services`, `service`, `jwt_secrets`, `jwts`: as the file or the Admin API spells it, or one of them. @throws UsageError */
export function kindNamed(word: string, kinds: ReadonlyMap<string, EntityKind>): EntityKind {
  const wanted = word.toLowerCase()
  for (const kind of kinds.values()) {
    if (kind.path === null) continue
    const names = [kind.name, kind.path, kind.nestedPath ?? '']
    if ([...names, ...names.map((name) => name.replace(/s$/, ''))].includes(wanted)) return kind
  }
  const all = [...kinds.values()].filter(({ path }) => path !== null).map(({ name }) => name)
  throw new UsageError(`KIND: '${word}': expected one of ${all.join(', ')}`)
}
