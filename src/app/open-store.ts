import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Clock } from '../base/clock.ts'
import type { Store } from '../store/port.ts'
import { openPostgresStore, type Tell } from '../store/postgres/store.ts'
import { openSqliteStore } from '../store/sqlite/store.ts'
import type { Log } from './settings.ts'

/** Opens `memory`, `sqlite:FILE` or `postgres://…`. @throws Error in words for the operator. */
export async function openStore(store: string, log: Log, clock: Clock): Promise<Store> {
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
