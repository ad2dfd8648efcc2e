import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { definitions, kubeProgram, type Program } from './kube-programs.ts'

const run = promisify(execFile)
const ETCD = '/usr/bin/etcd'
const INSTALL_MS = 10 * 60_000
const START_MS = 120_000

/** A real API server with etcd behind it, in a temporary folder, on free loopback ports; roles decide who may what. */
export interface KubeServer {
  /** Gone when the server is. */
  readonly folder: string
  /** Runs kubectl as somebody who may do everything. @throws Error with what it printed when it fails. */
  kubectl(words: readonly string[], input?: string): Promise<string>
  /** A kubeconfig for a service account, or for the one who may do everything. */
  kubeconfig(account?: { readonly namespace: string; readonly name: string }): Promise<string>
  /** Defines the kinds that we read, and waits until the server knows them. */
  define(): Promise<void>
  /** Ends the API server, without warning. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Makes etcd forget everything but the present. */
  compact(): Promise<void>
  remove(): Promise<void>
}

const ADMIN = 'token-of-the-one-who-may-do-everything'

/**
 * Fails where one can't be built, installed or started.
 *
 * @param more words for the API server.
 */
export async function startKubeServer(
  diagnostic: (text: string) => void,
  more: readonly string[] = [],
): Promise<KubeServer> {
  await installEtcd()
  const programs = new Map<Program, string>()
  for (const name of ['kube-apiserver', 'kubectl'] as const) programs.set(name, await kubeProgram(name, diagnostic))
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-kube-'))
  const at = (name: string) => join(folder, name)
  const [port, etcdPort, peerPort] = [await freePort(), await freePort(), await freePort()]
  const children = new Set<ChildProcess>()
  const killAll = () => {
    for (const child of children) child.kill('SIGKILL')
  }
  process.on('exit', killAll)

  function launch(program: string, words: readonly string[]): ChildProcess {
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'], cwd: folder })
    // Somebody has to read it, or the program waits for that.
    child.stderr!.resume()
    children.add(child)
    child.once('close', () => children.delete(child))
    return child
  }
  async function end(child: ChildProcess | null): Promise<void> {
    if (child === null || child.exitCode !== null || child.signalCode !== null) return
    const closed = once(child, 'close')
    child.kill('SIGKILL')
    await closed
  }

  await run('openssl', ['genrsa', '-out', at('accounts.key'), '2048'])
  writeFileSync(at('tokens.csv'), `${ADMIN},admin,admin,system:masters\n`)
  const client = `http://127.0.0.1:${etcdPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  const etcd = launch(ETCD, [
    ...['--data-dir', at('etcd'), '--listen-client-urls', client, '--advertise-client-urls', client],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ])
  let apiServer: ChildProcess | null = null

  function configFor(token: string, namespace = 'default'): string {
    const path = at(`kubeconfig-${children.size}-${Math.random().toString(36).slice(2)}`)
    const cluster = { server: `https://127.0.0.1:${port}`, 'certificate-authority': at('certs/apiserver.crt') }
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'here',
      contexts: [{ name: 'here', context: { cluster: 'here', user: 'me', namespace } }],
      clusters: [{ name: 'here', cluster }],
      users: [{ name: 'me', user: { token } }],
    }
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 })
    return path
  }
  const adminConfig = configFor(ADMIN)

  async function kubectl(words: readonly string[], input = ''): Promise<string> {
    // No discovery of another run's server: the port may have been one's before.
    const all = ['--kubeconfig', adminConfig, '--cache-dir', at('cache'), ...words]
    const running = run(programs.get('kubectl')!, all, { timeout: START_MS, maxBuffer: 1 << 26 })
    running.child.stdin!.end(input)
    return (await running).stdout
  }

  async function start(): Promise<void> {
    const server = launch(programs.get('kube-apiserver')!, [
      ...[`--etcd-servers=${client}`, '--bind-address=127.0.0.1', `--secure-port=${port}`, `--cert-dir=${at('certs')}`],
      ...[
        `--service-account-key-file=${at('accounts.key')}`,
        `--service-account-signing-key-file=${at('accounts.key')}`,
      ],
      ...['--service-account-issuer=https://kubernetes.default.svc', '--service-cluster-ip-range=10.96.0.0/16'],
      ...['--authorization-mode=RBAC', `--token-auth-file=${at('tokens.csv')}`, '--watch-cache=true'],
      ...more,
    ])
    apiServer = server
    await eventually(START_MS, async () => {
      if (server.exitCode !== null) throw new Ended(`the API server ended with code ${server.exitCode}`)
      await kubectl(['get', '--raw', '/readyz'])
    })
  }

  async function remove(): Promise<void> {
    await end(apiServer)
    await end(etcd)
    process.off('exit', killAll)
    rmSync(folder, { recursive: true, force: true })
  }

  try {
    await start()
  } catch (error) {
    await remove()
    throw error
  }
  return {
    folder,
    kubectl,
    start,
    stop: () => end(apiServer),
    remove,
    async kubeconfig(account) {
      if (account === undefined) return adminConfig
      return configFor(
        (await kubectl(['create', 'token', account.name, '-n', account.namespace])).trim(),
        account.namespace,
      )
    },
    async define() {
      await kubectl(['apply', '--server-side', '-f', '-'], (await definitions()).join('\n---\n'))
      await kubectl(['wait', '--for', 'condition=Established', 'crd', '--all', '--timeout=60s'])
    },
    async compact() {
      const etcdApi = async (path: string, body: object) => {
        const answer = await fetch(`${client}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) })
        if (!answer.ok) throw new Error(`etcd: ${answer.status} ${await answer.text()}`)
        return (await answer.json()) as { header: { revision: string } }
      }
      const { header } = await etcdApi('maintenance/status', {})
      await etcdApi('kv/compaction', { revision: header.revision, physical: true })
    },
  }
}

class Ended extends Error {}

/** Tries until it goes well. @throws what it failed of last. */
export async function eventually<T>(longestMs: number, attempt: () => Promise<T> | T): Promise<T> {
  const deadline = Date.now() + longestMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (Date.now() > deadline || error instanceof Ended) throw error
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** Fails where the package can’t be installed. */
export async function installEtcd(): Promise<void> {
  if (existsSync(ETCD)) return
  // Run level 1 keeps the package from starting a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  await run('apt-get', ['update', '-qq'], { env, timeout: INSTALL_MS })
  const options = { env, timeout: INSTALL_MS, maxBuffer: 1 << 26 }
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'etcd-server'], options)
  if (!existsSync(ETCD)) throw new Error(`the package etcd-server left no ${ETCD}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no free port')
  return address.port
}
