import { readFile } from 'node:fs/promises'
import type { Clock } from '../base/clock.ts'
import { type SecretEvent, Secrets } from '../secrets/secrets.ts'
import type { VaultMeans } from '../secrets/vault.ts'
import { makeVaults } from '../secrets/vaults.ts'
import type { Log } from './settings.ts'

/** How often it is looked whether a value is due again, in milliseconds. */
const LOOK_MS = 1000

const WORDS: Readonly<Record<SecretEvent, readonly ['info' | 'warn', string]>> = {
  unresolved: ['warn', 'a secret cannot be read; what needs it is refused'],
  stale: ['warn', 'a secret cannot be read anew; its last value stays in use'],
  regained: ['info', 'a secret can be read again'],
  rotated: ['info', 'a secret has a new value; it is in use now'],
}

/** What vaults of this process work with. */
export function vaultMeans(env: VaultMeans['env'], clock: Clock): VaultMeans {
  return { env, fetch, now: () => clock.now(), readFile: (path) => readFile(path, 'utf8') }
}

/** The values of secrets that are kept elsewhere, as this process needs them. */
export function openSecrets(log: Log, clock: Clock): { readonly secrets: Secrets; close(): void } {
  const means = vaultMeans(process.env, clock)
  const secrets = new Secrets({
    ...{ vaults: makeVaults(means), env: means.env, now: means.now },
    tell(event, reference, reason) {
      const [level, message] = WORDS[event]
      log[level]({ reference, ...(reason !== null && { reason }) }, message)
    },
  })
  const looking = setInterval(() => void secrets.refresh(), LOOK_MS)
  looking.unref()
  return { secrets, close: () => clearInterval(looking) }
}
