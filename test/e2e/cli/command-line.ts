import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestContext } from 'node:test'

const launcher = resolve(import.meta.dirname, '../../../sallyport')
/** A process that lives longer has failed: below the suite's own limit, above sixty commands in a row on a busy machine. */
const PATIENCE_MS = 150_000

type Env = Readonly<Record<string, string | undefined>>

export interface Result {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** A process of ours that is still running. It is ended with its test, whatever becomes of that. */
export interface Running {
  readonly child: ChildProcess
  /** Everything written so far. */
  out(): string
  err(): string
  /** Resolves when what was written fits. Rejects when the process ends first. */
  until(fits: (written: { out: string; err: string }) => boolean): Promise<void>
  readonly ended: Promise<Result>
}

/** Starts `./sallyport` with these words. The user's own settings do not reach it. */
export function startProcess(t: TestContext, words: readonly string[], env: Env = {}, cwd = tmpdir()): Running {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:SALLYPORT_|NODE_TEST_CONTEXT|XDG_)/.test(name))
  const child = spawn('sh', [launcher, ...words], { cwd, env: { ...Object.fromEntries(inherited), ...env } })
  const written = { out: '', err: '' }
  const listeners = new Set<() => void>()
  const hear = (stream: 'out' | 'err') => (chunk: Buffer) => {
    written[stream] += chunk
    for (const listener of listeners) listener()
  }
  child.stdout.on('data', hear('out'))
  child.stderr.on('data', hear('err'))
  child.stdin.on('error', () => {})
  const ended = once(child, 'close').then(([code]): Result => ({ code: code as number | null, ...written }))
  const limit = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  t.after(async () => {
    clearTimeout(limit)
    child.kill('SIGKILL')
    await ended
  })
  return {
    child,
    out: () => written.out,
    err: () => written.err,
    ended,
    until: (fits) =>
      new Promise((done, fail) => {
        const listener = () => {
          if (!fits(written)) return
          listeners.delete(listener)
          done()
        }
        listeners.add(listener)
        ended.then(({ code, err }) => fail(new Error(`ended with ${code}: ${err}`)), fail)
        listener()
      }),
  }
}

/** Runs `./sallyport` with these words to its end. @param stdin what it can read. */
export async function sallyport(t: TestContext, words: readonly string[], env: Env = {}, stdin = ''): Promise<Result> {
  const running = startProcess(t, words, env)
  running.child.stdin!.end(stdin)
  return await running.ended
}

export interface GatewayProcess extends Running {
  readonly ports: { readonly http: number; readonly https: number; readonly admin: number; readonly status: number }
  /** `http://HOST:PORT` of the proxy. */
  readonly proxy: string
  /** What commands need to find it. */
  readonly env: { readonly SALLYPORT_ADMIN: string }
}

/** Starts a gateway on free ports, in memory unless the words name a store. */
export async function startGateway(
  t: TestContext,
  words: readonly string[] = [],
  cwd?: string,
): Promise<GatewayProcess> {
  const listeners = ['proxy-http', 'proxy-https', 'admin', 'status'].flatMap((name) => [`--${name}`, '127.0.0.1:0'])
  const store = words.includes('--store') ? [] : ['--store', 'memory']
  const running = startProcess(t, ['start', ...store, ...listeners, ...words], {}, cwd)
  await running.until(({ err }) => err.includes('"serving: '))
  const ports = jsonLines(running.err()).find((line) => 'ports' in line)!['ports'] as GatewayProcess['ports']
  return {
    ...running,
    ports,
    proxy: `http://127.0.0.1:${ports.http}`,
    env: { SALLYPORT_ADMIN: `127.0.0.1:${ports.admin}` },
  }
}

/** Lines of a log as records; a last line that is still being written is left out. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

/** A folder that is gone when the test is. */
export function folderWith(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-'))
  t.after(() => rmSync(folder, { recursive: true }))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}
