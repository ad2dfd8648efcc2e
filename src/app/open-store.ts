import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../base/clock.ts'
import { entityKinds } from '../dialects/kong/entities/kinds.ts'
import { secretPlaces } from '../dialects/kong/secret-places.ts'
import type { Store } from '../store/port.ts'
import { openPostgresStore, type Tell } from '../store/postgres/store.ts'
import type { KeyRing } from '../store/sealed/key-ring.ts'
import { readKeys } from '../store/sealed/read-keys.ts'
import { checkKeys } from '../store/sealed/seal-mark.ts'
import { sealedStore } from '../store/sealed/sealed-store.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import type { Policies } from './open-policies.ts'
import type { Log } from './settings.ts'

export interface StoreSettings {
  /** `memory`, `sqlite:FILE` or `postgres://…`. */
  readonly store: string
  /** The file with the keys that its secrets are sealed with, or the keys themselves. */
  readonly storeKeys?: string | null
}

/** Opens a store, with its secrets readable. @throws Error in words for the operator. */
export async function openStore(
  settings: StoreSettings,
  policies: Pick<Policies, 'current'>,
  log: Log,
  clock: Clock,
): Promise<Store> {
  const ring = keyRing(settings)
  const inner = await openBareStore(settings.store, log, clock)
  // What is in memory only is as safe as its keys would be.
  if (settings.store === 'memory') return inner
  try {
    await checkKeys(inner, ring)
  } catch (error) {
    await inner.close()
    throw error
  }
  return ring === null ? inner : sealed(inner, ring, policies, clock)
}

/** The keys of the settings; null for none. @throws Error in words for the operator */
export function keyRing({ storeKeys }: StoreSettings): KeyRing | null {
  if (!storeKeys) return null
  if (areKeys(storeKeys)) return readKeys(storeKeys, 'store keys')
  let text: string
  try {
    text = readFileSync(storeKeys, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new Error(`the file with the keys of the store, ${storeKeys}, can't be read (${code})`)
  }
  return readKeys(text, storeKeys)
}

/** True for keys themselves, in place of the name of a file that holds them. */
export function areKeys(text: string): boolean {
  return text.split(',').every((part) => /^[A-Za-z0-9+/_-]{43}=?$/.test(part.trim()))
}

/** What is a secret is asked of the policies of the moment: one that comes later has its secrets sealed too. */
export function sealed(inner: Store, ring: KeyRing, policies: Pick<Policies, 'current'>, clock: Clock): Store {
  let known = policies.current
  const placesOf = () => secretPlaces(entityKinds(known, () => clock.now()))
  let places = placesOf()
  const now = () => {
    if (known !== policies.current) {
      known = policies.current
      places = placesOf()
    }
    return places
  }
  return sealedStore(inner, ring, {
    isSecret: (entity, path) => now().isSecret(entity, path),
    isSecretUnique: (kind, constraint) => now().isSecretUnique(kind, constraint),
  })
}

/** The store as it is kept. */
export async function openBareStore(store: string, log: Log, clock: Clock): Promise<Store> {
  if (store === 'memory') return openSqliteStore({ file: ':memory:', clock })
  if (/^postgres(ql)?:/.test(store)) return openPostgresStore({ url: store, clock, tell: toLog(log) })
  if (!store.startsWith('sqlite:')) throw new Error('expected a store memory, sqlite:FILE or postgres://…')
  const file = store.slice('sqlite:'.length)
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  return openSqliteStore({ file, clock })
}

function toLog(log: Log): Tell {
  return (event, reason) => {
    switch (event) {
      case 'waiting':
        return log.warn({ reason }, 'the store cannot be reached yet; trying again')
      case 'lost':
        return log.error({ reason }, 'the store is lost; requests go on by what is known, changes are refused')
      case 'regained':
        return log.info({}, 'the store is back')
    }
  }
}
