import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'

const run = promisify(execFile)
const INSTALL_MS = 10 * 60_000
const FOLDER = '/usr/lib/postgresql'

/** With signs that a URL must escape, so that nothing gets away with pasting it. */
export const PASSWORD = 'pass/w@rd:?'

/** A real PostgreSQL of our own, on a free loopback port, in a temporary folder. */
export interface PostgresServer {
  readonly port: number
  /** Of a database, user and password included. */
  url(database?: string): string
  /** Runs statements as the superuser. */
  sql(text: string, database?: string): Promise<Record<string, unknown>[]>
  /** A connection of the superuser. */
  connect(database?: string): Promise<Client>
  /**
   * Speaks TLS from now on, as `localhost`.
   * @returns the file of the certificate, which signed itself.
   */
  useTls(): Promise<string>
  /** Ends the server at once, connections and all; its data stay. */
  stop(): Promise<void>
  /** Starts it again, and waits until it answers. */
  start(): Promise<void>
  /** Ends it and removes its data. */
  remove(): Promise<void>
}

/** Whom the server runs as: it refuses to be root. */
interface User {
  readonly uid?: number
  readonly gid?: number
}

/** Fails where none can be installed or started: the point is the real thing. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = await installedPrograms()
  const user = process.getuid?.() === 0 ? idsOf('postgres') : {}
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-postgres-'))
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, PASSWORD)
  chmodSync(folder, 0o700)
  if (user.uid !== undefined) for (const path of [folder, passwordFile]) chownSync(path, user.uid, user.gid!)
  const initial = ['-D', data, '-U', 'gate', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  await run(join(programs, 'initdb'), [...initial, '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'], {
    ...user,
    cwd: folder,
  })
  const port = await freePort()
  let server: ChildProcess | null = null
  const killAtExit = () => server?.kill('SIGQUIT')
  process.on('exit', killAtExit)

  const url = (database = 'postgres') => `postgres://gate:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}/${database}`

  async function connect(database?: string): Promise<Client> {
    const client = new Client({ connectionString: url(database) })
    // A server that is stopped takes its connections along.
    client.on('error', () => {})
    await client.connect()
    return client
  }

  async function sql(text: string, database?: string): Promise<Record<string, unknown>[]> {
    const client = await connect(database)
    try {
      const result = await client.query(text)
      return (Array.isArray(result) ? result.at(-1) : result).rows
    } finally {
      await client.end()
    }
  }

  async function start(): Promise<void> {
    const settings = { listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, fsync: 'off' }
    const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const child = spawn(join(programs, 'postgres'), ['-D', data, ...args], {
      ...user,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    server = child
    let said = ''
    child.stderr!.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-4000)
    })
    for (let attempt = 0; ; attempt++) {
      if (child.exitCode !== null || attempt === 300) throw new Error(`PostgreSQL did not start:\n${said}`)
      const up = await sql('SELECT 1').then(
        () => true,
        () => false,
      )
      if (up) return
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }

  async function stop(): Promise<void> {
    const child = server
    server = null
    if (child === null || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGQUIT')
    await exited
  }

  async function useTls(): Promise<string> {
    const [key, cert] = [join(data, 'server.key'), join(data, 'server.crt')]
    const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...name, '-keyout', key, '-out', cert]
    await run('openssl', made)
    chmodSync(key, 0o600)
    if (user.uid !== undefined) for (const path of [key, cert]) chownSync(path, user.uid, user.gid!)
    await sql('ALTER SYSTEM SET ssl = on')
    await stop()
    await start()
    return cert
  }

  await start()
  return {
    useTls,
    port,
    url,
    sql,
    connect,
    start,
    stop,
    async remove() {
      await stop()
      process.off('exit', killAtExit)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Folder of the newest installed server's programs; installs the distribution's where there is none. */
async function installedPrograms(): Promise<string> {
  const found = newestPrograms()
  if (found !== null) return found
  // Run level 1 keeps the package from starting a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  await run('apt-get', ['update', '-qq'], { env, timeout: INSTALL_MS })
  await run('apt-get', ['install', '-y', '-qq', 'postgresql'], { env, timeout: INSTALL_MS, maxBuffer: 1 << 26 })
  const installed = newestPrograms()
  if (installed === null) throw new Error(`the package postgresql left no programs below ${FOLDER}`)
  return installed
}

function newestPrograms(): string | null {
  try {
    const versions = readdirSync(FOLDER).filter((name) => readdirSync(join(FOLDER, name, 'bin')).includes('postgres'))
    const newest = versions.sort((a, b) => Number(b) - Number(a))[0]
    return newest === undefined ? null : join(FOLDER, newest, 'bin')
  } catch {
    return null
  }
}

function idsOf(name: string): User {
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
