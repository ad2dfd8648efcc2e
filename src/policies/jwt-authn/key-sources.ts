import { hash } from 'node:crypto'
import type { KeySource } from '../../identity/key-set/key-source.ts'
import { LocalKeys } from '../../identity/key-set/key-source.ts'
import { readLocalKeys } from '../../identity/key-set/local-keys.ts'
import { RemoteKeys } from '../../identity/key-set/remote-keys.ts'
import type { Tools } from '../../policy/policy.ts'
import { keySetServer } from './key-set-server.ts'
import type { Provider, RemoteKeys as RemoteConfig } from './schema.ts'

type Lent = Pick<Tools, 'registry' | 'clock' | 'log' | 'fetch' | 'exact'>

/** The keys of a use's providers. Whoever asks for the same set at the same server shares it, in all uses. */
export function keySources(tools: Lent): { of(provider: Provider): KeySource; release(): void } {
  const holds: (() => void)[] = []
  const isLax = tools.exact.has('signatures')
  return {
    of({ keys: { local, remote } }) {
      if (remote !== null) {
        const keys = sharedKeys(remote, isLax, tools)
        holds.push(keys.hold())
        return keys
      }
      const read = readLocalKeys(local ?? '')
      return new LocalKeys('keys' in read ? read.keys : [], isLax)
    },
    release() {
      for (const release of holds.splice(0)) release()
    },
  }
}

function sharedKeys(remote: RemoteConfig, lax: boolean, { registry, clock, log, fetch }: Lent): RemoteKeys {
  const make = () => {
    const server = keySetServer(remote, fetch)
    const keys = new RemoteKeys({
      fetchSet: server.fetchSet,
      clock,
      after,
      cacheMs: remote.cacheMs,
      inBackground: remote.async !== null,
      failedRefetchMs: remote.async?.failedRefetchMs ?? 1000,
      lax,
      failed: (why) => log.warn({ keySet: server.name, why }, 'key set could not be fetched'),
    })
    return { keys, server }
  }
  const key = `jwt-authn:${hash('sha256', JSON.stringify([remote, lax]), 'base64url')}`
  return registry.get(key, make, ({ keys, server }) => {
    keys.stop()
    server.close()
  }).keys
}

function after(ms: number, run: () => void): { cancel(): void } {
  const timer = setTimeout(run, ms).unref()
  return { cancel: () => clearTimeout(timer) }
}
