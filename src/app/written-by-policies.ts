import type { Clock } from '../base/clock.ts'
import { ownedEntities } from '../dialects/kong/admin/owned-entities.ts'
import { entityKinds } from '../dialects/kong/entities/kinds.ts'
import { nowhere, type WriteEntity } from '../policy/entities.ts'
import type { Store, StoreChange } from '../store/port.ts'
import type { Policies } from './open-policies.ts'
import type { Log } from './settings.ts'

/** @param publish resolves when a committed write is effective wherever requests are judged on this node. */
export function storeWriter(
  policies: Pick<Policies, 'current' | 'onChange'>,
  store: Store,
  publish: (changes: readonly StoreChange[], revision: number) => Promise<void>,
  clock: Clock,
): WriteEntity {
  const writerFor = (known: Policies['current']) =>
    ownedEntities({ store, kinds: entityKinds(known, () => clock.now()), policies: known, clock, publish })
  let write = writerFor(policies.current)
  policies.onChange((next) => (write = writerFor(next)))
  return (wanted) => write(wanted)
}

/** For the policies of a file: of what they need, said once for each kind of row, since every request would say it again. */
export function fileWriter(file: string, log: Log): WriteEntity {
  const told = new Set<string>()
  return (write) => {
    // A secret that keeps its old form is no less good for it.
    const isRestatement = write.op === 'change' && write.ifStill !== undefined
    if (!isRestatement && !told.has(write.kind)) {
      told.add(write.kind)
      const remedy = 'put the plugin and what it stands on into the store, by the Admin API'
      log.error({ source: file, kind: write.kind, remedy }, 'a policy has rows to write, and a file takes none')
    }
    return nowhere(write)
  }
}
