import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../base/clock.ts'
import { entityKinds } from '../dialects/kong/entities/kinds.ts'
import { toWrite } from '../dialects/kong/schema/entity.ts'
import { checkKeys, noteOnlyNewest } from '../store/sealed/seal-mark.ts'
import { openPolicies } from './open-policies.ts'
import { keyRing, openBareStore, type StoreSettings, sealed } from './open-store.ts'
import type { GatewaySettings, Log } from './settings.ts'

const PAGE = 500

/**
 * Seals every secret of a store anew, with the newest key; then the other keys are no longer needed. No gateway may
 * write meanwhile.
 *
 * @returns how many entities were written.
 * @throws Error in words for the operator.
 */
export async function resealStore(
  settings: StoreSettings & Pick<GatewaySettings, 'policies'>,
  log: Log,
  clock: Clock,
): Promise<number> {
  const ring = keyRing(settings)
  if (ring === null) throw new Error('there are no keys to seal with: give them by --store-keys FILE')
  if (settings.store === 'memory') throw new Error("store 'memory' keeps nothing that could be sealed")
  const inner = await openBareStore(settings.store, log, clock)
  let count = 0
  const opened = await openPolicies(settings, log)
  const policies = opened.current
  try {
    await checkKeys(inner, ring)
    const store = sealed(inner, ring, opened, clock)
    for (const kind of entityKinds(policies, () => clock.now()).values()) {
      for (let after: string | null = null; ; ) {
        const page = await store.page({ kind: kind.name, size: PAGE, after })
        for (const { json, expiresAt } of page.entities) {
          const outcome = await store.update(toWrite(kind, { ...json }, expiresAt))
          if (outcome.ok) count++
          // One that went meanwhile needs no seal.
          else if (outcome.refusal.kind !== 'not-found') {
            throw new Error(`${kind.name}/${json['id']} can't be sealed: ${outcome.refusal.kind}`)
          }
        }
        after = page.after
        if (after === null) break
      }
    }
    await noteOnlyNewest(inner, ring)
  } finally {
    opened.close()
    await inner.close()
  }
  if (settings.store.startsWith('sqlite:')) forgetOldPages(settings.store.slice('sqlite:'.length))
  return count
}

/** What was replaced stays in unused pages of an SQLite file until they are written over. */
function forgetOldPages(file: string): void {
  const db = new DatabaseSync(file)
  try {
    db.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
  } finally {
    db.close()
  }
}
