import { jsonObject, memberOf } from '../exchange.ts'
import type { VaultConfig, VaultMeans } from '../vault.ts'
import type { Ask } from './hcv-vault.ts'

export interface Token {
  readonly token: string
  /** Milliseconds since the epoch; null when it does not end by itself. */
  readonly endsAt: number | null
}
type LogIn = Promise<Token | { readonly problem: string }>

/** A token of the server, by the method that the config names. */
export async function logIn(config: VaultConfig, ask: Ask, means: Pick<VaultMeans, 'readFile' | 'now'>): LogIn {
  switch (config['auth_method']) {
    case 'token':
      if (typeof config['token'] !== 'string') return { problem: 'the vault needs `token`' }
      return { token: config['token'], endsAt: null }
    case 'approle':
      return byAppRole(config, ask, means)
    case 'kubernetes':
      return byKubernetes(config, ask, means)
    default:
      return { problem: 'the way to log in is not supported' }
  }
}

async function byAppRole(config: VaultConfig, ask: Ask, means: Pick<VaultMeans, 'readFile' | 'now'>): LogIn {
  const { approle_role_id: roleId, approle_secret_id_file: file } = config
  if (typeof roleId !== 'string') return { problem: 'the vault needs `approle_role_id`' }
  const secretId =
    typeof file === 'string' ? await textOf(file, means) : ((config['approle_secret_id'] as string | null) ?? null)
  if (secretId === null)
    return { problem: 'the vault needs `approle_secret_id`, or a readable `approle_secret_id_file`' }
  let unwrapped: unknown = secretId
  if (config['approle_response_wrapping'] === true) {
    const answer = await ask('POST', 'sys/wrapping/unwrap', { token: secretId })
    if ('problem' in answer) return answer
    unwrapped = memberOf(jsonObject(answer.text), 'data', 'secret_id')
    if (typeof unwrapped !== 'string') return { problem: `the secret id can't be unwrapped (${answer.status})` }
  }
  const path = `auth/${config['approle_auth_path']}/login`
  return session(await ask('POST', path, { body: { role_id: roleId, secret_id: unwrapped } }), means)
}

async function byKubernetes(config: VaultConfig, ask: Ask, means: Pick<VaultMeans, 'readFile' | 'now'>): LogIn {
  // The token of a service account is renewed in its file: it is read at each log-in.
  const jwt = await textOf(String(config['kube_api_token_file']), means)
  if (jwt === null) return { problem: 'the file with the token of the service account can’t be read' }
  if (typeof config['kube_role'] !== 'string') return { problem: 'the vault needs `kube_role`' }
  const path = `auth/${config['kube_auth_path']}/login`
  return session(await ask('POST', path, { body: { role: config['kube_role'], jwt } }), means)
}

async function session(answer: Awaited<ReturnType<Ask>>, { now }: Pick<VaultMeans, 'now'>): LogIn {
  if ('problem' in answer) return answer
  const auth = memberOf(jsonObject(answer.text), 'auth')
  const token = memberOf(auth, 'client_token')
  if (answer.status !== 200 || typeof token !== 'string')
    return { problem: `logging in was refused (${answer.status})` }
  const seconds = memberOf(auth, 'lease_duration')
  // Somewhat earlier than it ends: a token must not die between two looks at it.
  const endsAt = typeof seconds === 'number' && seconds > 0 ? now() + seconds * 900 : null
  return { token, endsAt }
}

async function textOf(file: string, { readFile }: Pick<VaultMeans, 'readFile'>): Promise<string | null> {
  const text = await readFile(file).catch(() => null)
  return text === null || text.trim() === '' ? null : text.trim()
}
