import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { envoyProgram } from './program.ts'

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
  const program = await envoyProgram()
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
