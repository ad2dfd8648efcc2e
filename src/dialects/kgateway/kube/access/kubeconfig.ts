import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import type { Clock } from '../../../../base/clock.ts'
import { isRecord } from '../../resources/schema/prune.ts'
import { type Access, anonymous, type Credentials } from './access.ts'
import { fixedCredentials, TokenFile } from './credentials.ts'
import { ExecCredentials } from './exec-credentials.ts'

type Fields = Readonly<Record<string, unknown>>

/** An entry of a kubeconfig, with the folder that its relative paths start from. */
interface Entry {
  readonly fields: Fields
  readonly folder: string
}

/** All files of a kubeconfig, put together: what stands first counts. */
interface Kubeconfig {
  readonly clusters: ReadonlyMap<string, Entry>
  readonly users: ReadonlyMap<string, Entry>
  readonly contexts: ReadonlyMap<string, Entry>
  readonly currentContext: string | null
}

/**
 * The API server that the current context of a kubeconfig leads to.
 *
 * @param paths the files of it; those that are not there are passed over if another one is.
 * @throws Error with a sentence for people.
 */
export function kubeconfigAccess(paths: readonly string[], clock: Clock): Access {
  const config = readAll(paths)
  const words = paths.join(':')
  const name = config.currentContext
  if (name === null) throw new Error(`${words}: there is no current-context`)
  const context = entryNamed(config.contexts, 'context', name, words)
  const cluster = entryNamed(config.clusters, 'cluster', textOf(context.fields.cluster) ?? '', words)
  const userName = textOf(context.fields.user)
  const user = userName === null ? null : entryNamed(config.users, 'user', userName, words)
  const server = textOf(cluster.fields.server)
  if (server === null || !URL.canParse(server))
    throw new Error(`${words}: the cluster of context '${name}' has no server`)
  return {
    server: new URL(server),
    authority: contentOf(cluster, 'certificate-authority'),
    serverName: textOf(cluster.fields['tls-server-name']),
    isVerified: cluster.fields['insecure-skip-tls-verify'] !== true,
    proxy: textOf(cluster.fields['proxy-url']),
    namespace: textOf(context.fields.namespace) ?? 'default',
    credentials: user === null ? fixedCredentials(anonymous) : credentialsOf(user, cluster, clock, words),
    words: `${words}, context '${name}'`,
  }
}

function readAll(paths: readonly string[]): Kubeconfig {
  const config = { clusters: new Map(), users: new Map(), contexts: new Map() } as const
  let currentContext: string | null = null
  let found = 0
  for (const path of paths) {
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      if (paths.length > 1 && (error as NodeJS.ErrnoException).code === 'ENOENT') continue
      throw new Error(`${path}: this kubeconfig can't be read: ${(error as NodeJS.ErrnoException).code}`)
    }
    found++
    const root: unknown = parse(text)
    if (!isRecord(root)) throw new Error(`${path}: this is no kubeconfig`)
    currentContext ??= textOf(root['current-context'])
    for (const [list, entries] of Object.entries(config)) addEntries(root, list, entries, dirname(resolve(path)))
  }
  if (found === 0) throw new Error(`${paths.join(':')}: there is no kubeconfig`)
  return { ...config, currentContext }
}

function addEntries(root: Fields, list: string, entries: Map<string, Entry>, folder: string): void {
  const given = root[list]
  for (const each of Array.isArray(given) ? given : []) {
    if (!isRecord(each) || typeof each.name !== 'string' || entries.has(each.name)) continue
    const fields = each[list.slice(0, -1)]
    if (isRecord(fields)) entries.set(each.name, { fields, folder })
  }
}

function entryNamed(entries: ReadonlyMap<string, Entry>, what: string, name: string, words: string): Entry {
  const entry = entries.get(name)
  if (entry === undefined) throw new Error(`${words}: there is no ${what} '${name}'`)
  return entry
}

const textOf = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** What stands in the file itself, as base64, or in another file. */
function contentOf({ fields, folder }: Entry, name: string): string | null {
  const data = textOf(fields[`${name}-data`])
  if (data !== null) return Buffer.from(data, 'base64').toString('utf8')
  const path = textOf(fields[name])
  return path === null ? null : readFileSync(resolve(folder, path), 'utf8')
}

function credentialsOf(user: Entry, cluster: Entry, clock: Clock, words: string): Credentials {
  const { fields, folder } = user
  const certificate = contentOf(user, 'client-certificate')
  const key = contentOf(user, 'client-key')
  const token = textOf(fields.token)
  const tokenFile = textOf(fields.tokenFile)
  const [name, password] = [textOf(fields.username), textOf(fields.password)]
  if (isRecord(fields.exec)) return execCredentials(fields.exec, cluster, folder, clock)
  if (fields['auth-provider'] !== undefined) {
    throw new Error(`${words}: 'auth-provider' is not supported; name a program under 'exec' in its place`)
  }
  if (tokenFile !== null && certificate === null) return new TokenFile(resolve(folder, tokenFile), clock)
  const basic = name === null ? null : `Basic ${Buffer.from(`${name}:${password ?? ''}`).toString('base64')}`
  return fixedCredentials({ authorization: token === null ? basic : `Bearer ${token}`, certificate, key })
}

function execCredentials(exec: Fields, cluster: Entry, folder: string, clock: Clock): Credentials {
  const pairs = (Array.isArray(exec.env) ? exec.env : []).filter(isRecord)
  const command = textOf(exec.command) ?? ''
  return new ExecCredentials(
    {
      apiVersion: textOf(exec.apiVersion) ?? 'client.authentication.k8s.io/v1',
      // A bare name is looked for where programs stand; a relative path starts from the file.
      command: command.includes('/') ? resolve(folder, command) : command,
      args: (Array.isArray(exec.args) ? exec.args : []).map(String),
      env: Object.fromEntries(pairs.map(({ name, value }) => [String(name), String(value)])),
      cluster: exec.provideClusterInfo === true ? clusterInfo(cluster) : null,
      folder,
    },
    clock,
  )
}

function clusterInfo(cluster: Entry): object {
  const { fields } = cluster
  const authority = contentOf(cluster, 'certificate-authority')
  return {
    server: fields.server,
    ...(authority !== null && { 'certificate-authority-data': Buffer.from(authority).toString('base64') }),
    ...(fields['insecure-skip-tls-verify'] === true && { 'insecure-skip-tls-verify': true }),
    ...(fields['tls-server-name'] !== undefined && { 'tls-server-name': fields['tls-server-name'] }),
  }
}
