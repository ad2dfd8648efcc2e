import type { EntityKind } from '../../dialects/kong/entities/kind.ts'
import { isUuid } from '../../dialects/kong/schema/validate.ts'

/** Fields that entities are called by, as opposed to those that open something. */
const NAMES: ReadonlySet<string> = new Set(['name', 'username', 'prefix', 'target', 'instance_name'])

/**
 * A path as it may stand in a log: what names an entity is shown where it is an id or a name. Keys and tokens, by which
 * some kinds are looked up as well, are secrets, and what is not known to be a name may be one.
 *
 * @param pattern such as `/consumers/:consumers/key-auth/:keyauth_credentials`
 */
export function shownPath(
  pattern: string,
  params: Readonly<Record<string, string>>,
  kinds: ReadonlyMap<string, EntityKind>,
): string {
  return pattern.replace(/:([^/]+)/g, (_, name: string) => {
    const value = params[name] ?? ''
    const kind = kinds.get(name)
    return isUuid(value) || (kind !== undefined && hasPublicName(kind)) ? encodeURIComponent(value) : `{${name}}`
  })
}

function hasPublicName({ endpointKey }: EntityKind): boolean {
  return endpointKey !== null && NAMES.has(endpointKey)
}
