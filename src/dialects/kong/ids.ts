import { createHash } from 'node:crypto'

/** Kong's name space for ids made from names; each kind of entity has one of its own below it. */
const DECLARED = 'fd02801f-0957-4a15-a55a-c8d9606f30b5'
/** The one workspace there is. */
export const DEFAULT_WORKSPACE = '0dc6f45b-8f8d-40d2-a504-473544ee190b'

/** The fields that together name an entity for the cache of Kong, where none of them is filled in when left out. */
const CACHE_KEYS: Readonly<Record<string, readonly string[]>> = {
  plugins: ['name', 'route', 'service', 'consumer'],
  acls: ['consumer', 'group'],
  basicauth_credentials: ['username'],
  hmacauth_credentials: ['username'],
}

/** The unique field that names an entity of the kinds without cache key. */
const NAMES: Readonly<Record<string, string>> = {
  services: 'name',
  routes: 'name',
  consumers: 'username',
  upstreams: 'name',
  snis: 'name',
}

export interface Declared {
  readonly kind: string
  /** The fields as written, without those that nesting implies. */
  readonly values: Readonly<Record<string, unknown>>
  /** The entity it is nested in: the foreign key that is implied, and its id. */
  readonly parent: { readonly field: string; readonly id: string } | null
  /** Place in its list, from 0. */
  readonly index: number
}

/**
 * The id of an entity that is declared without one: by Kong's recipe where that says something, so that ties between
 * routes fall the same way. Where Kong takes a random one (an entity without a name; credentials whose key may be
 * random), it is made from the entity's place: reading the same file again changes nothing, and no secret is part of it.
 */
export function declaredId(declared: Declared): string {
  const space = uuidV5(DECLARED, declared.kind)
  return uuidV5(space, nameOf(declared) ?? `${declared.parent?.id ?? ''}#${declared.index}`)
}

function nameOf({ kind, values, parent }: Declared): string | null {
  const cacheKey = CACHE_KEYS[kind]
  if (cacheKey !== undefined) {
    const parts = cacheKey.map((field) => {
      const value = referenceText(values[field])
      return value ?? (parent?.field === field ? parent.id : '')
    })
    return [kind, DEFAULT_WORKSPACE, ...parts].join(':')
  }
  if (kind === 'targets') {
    const upstream = parent?.id ?? referenceText(values['upstream'])
    return typeof values['target'] === 'string' ? `${values['target']}:${upstream}:${DEFAULT_WORKSPACE}` : null
  }
  const name = values[NAMES[kind] ?? '']
  return typeof name === 'string' ? name : null
}

function referenceText(value: unknown): string | null {
  if (typeof value === 'string') return value
  const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : null
  return typeof id === 'string' ? id : null
}

/** RFC 9562 §5.5: a UUID from a name space and a name. */
export function uuidV5(space: string, name: string): string {
  const hash = createHash('sha1')
    .update(Buffer.from(space.replaceAll('-', ''), 'hex'))
    .update(name, 'utf8')
    .digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex', 0, 16)
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}
