import type { EntityKind } from '../../dialects/kong/entities/kind.ts'
import { problemText } from '../../model/problem.ts'
import type { AnyPolicy } from '../../policy/policy.ts'
import type { Input } from '../command.ts'
import { CommandFailure, UsageError } from '../failure.ts'
import type { Io } from '../io.ts'
import { settingFlags, settingsFrom } from '../setting-flags.ts'

/** Rows that come and go while requests are served: no part of anybody's configuration. */
const RUNTIME = new Set(['oauth2_tokens', 'oauth2_authorization_codes', 'sessions'])

/** What names users' own policies: their entities and configs are known by their schemas, as all others are. */
export const policyFlags = settingFlags(['policies'])

/** All policies, and every kind of entity, in an order in which each comes after what it points at. */
export interface KongKinds {
  readonly policies: readonly AnyPolicy[]
  readonly kinds: ReadonlyMap<string, EntityKind>
}

/**
 * Loaded on demand, so that the small commands need not wait for every policy to load. Whether functions may be written is
 * for the gateway to say.
 * @throws CommandFailure when a policy of the user's own can't be loaded.
 */
export async function kongKinds(input: Input, io: Io): Promise<KongKinds> {
  const { entityKinds } = await import('../../dialects/kong/entities/kinds.ts')
  const { readPolicies } = await import('../../app/open-policies.ts')
  const settings = settingsFrom(input, Object.keys(policyFlags), io.env)
  const { policies, problems } = await readPolicies(settings.policies, true)
  if (problems.length > 0) throw new CommandFailure(problems.map(problemText).join('\n'))
  return { policies, kinds: entityKinds(policies, () => Date.now()) }
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
