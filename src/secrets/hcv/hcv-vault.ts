import { exchange, jsonObject, memberOf } from '../exchange.ts'
import { valueInRecord } from '../one-value.ts'
import {
  failed,
  type ReadOutcome,
  type SecretAddress,
  type Vault,
  type VaultConfig,
  type VaultMeans,
} from '../vault.ts'
import { logIn } from './log-in.ts'

/** A log-in, and when it has to be made again: milliseconds since the epoch. */
interface Session {
  readonly token: ReturnType<typeof logIn>
  endsAt: number
}

/** One exchange with the server of a config. */
export type Ask = (
  method: 'GET' | 'POST',
  path: string,
  sent?: { readonly token?: string; readonly body?: object },
) => ReturnType<typeof exchange>

/**
 * HashiCorp Vault and OpenBao: the key-value engine, version 1 and 2. A token that was got by logging in is kept until
 * it ends or is refused; all secrets of one config share it.
 */
export function hcvVault(means: Pick<VaultMeans, 'fetch' | 'readFile' | 'now'>): Vault {
  const sessions = new Map<string, Session>()

  function sessionFor(config: VaultConfig, ask: Ask): Session {
    const id = sessionOf(config)
    const held = sessions.get(id)
    if (held !== undefined && held.endsAt > means.now()) return held
    // Whoever comes while it is under way waits for the same log-in.
    const made: Session = { token: logIn(config, ask, means), endsAt: Number.POSITIVE_INFINITY }
    sessions.set(id, made)
    void made.token.then((got) => {
      if ('problem' in got) forget(id, made)
      else made.endsAt = got.endsAt ?? Number.POSITIVE_INFINITY
    })
    return made
  }

  function forget(id: string, session: Session): void {
    if (sessions.get(id) === session) sessions.delete(id)
  }

  async function read(address: SecretAddress, config: VaultConfig): Promise<ReadOutcome> {
    const ask = askOf(config, means.fetch)
    const path = pathOf(address, config)
    for (const last of [false, true]) {
      const session = sessionFor(config, ask)
      const token = await session.token
      if ('problem' in token) return failed(token.problem)
      const answer = await ask('GET', path, { token: token.token })
      if ('problem' in answer) return failed(answer.problem)
      if (answer.status === 403 && !last) {
        // Revoked before its time, perhaps: once more with a new one.
        forget(sessionOf(config), session)
        continue
      }
      if (answer.status === 404) return failed('there is no such secret')
      if (answer.status === 403) return failed('the token may not read it (403)')
      if (answer.status !== 200) return failed(`the server answered ${answer.status}`)
      const inner = config['kv'] === 'v2' ? ['data', 'data'] : ['data']
      return valueInRecord(memberOf(jsonObject(answer.text), ...inner), address.key)
    }
    return failed('the token may not read it (403)')
  }
  return { read }
}

function pathOf({ resource, version }: SecretAddress, config: VaultConfig): string {
  const name = resource.split('/').map(encodeURIComponent).join('/')
  if (config['kv'] !== 'v2') return `${config['mount']}/${name}`
  return `${config['mount']}/data/${name}${version === null ? '' : `?version=${version}`}`
}

function askOf(config: VaultConfig, fetch: VaultMeans['fetch']): Ask {
  const host = String(config['host'])
  const base = `${config['protocol']}://${host.includes(':') ? `[${host}]` : host}:${config['port']}/v1/`
  return (method, path, { token, body } = {}) => {
    const headers: Record<string, string> = { 'X-Vault-Request': 'true' }
    if (typeof config['namespace'] === 'string') headers['X-Vault-Namespace'] = config['namespace']
    if (token !== undefined) headers['X-Vault-Token'] = token
    return exchange(fetch, base + path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  }
}

/** Configs that log in alike share a token, whatever they read with it. */
function sessionOf(config: VaultConfig): string {
  const { ttl, neg_ttl, resurrect_ttl, base64_decode, mount, kv, ...login } = config
  return JSON.stringify(login)
}
