import { createWriteStream } from 'node:fs'
import { adminAccessProblem } from '../../app/admin-access.ts'
import type { GatewaySettings } from '../../app.ts'
import type { Command, Input } from '../command.ts'
import { CommandFailure, failureText, UsageError } from '../failure.ts'
import type { Io } from '../io.ts'
import { settingFlags, settingsFrom } from '../setting-flags.ts'
import { shownStore } from '../settings/setting-values.ts'
import type { Settings } from '../settings/settings.ts'
import { refuseKeysOnCommandLine } from '../store/store-keys.ts'
import { startedMessage } from './started-message.ts'

/** How long requests under way may take to end, and how long all of it may take. Milliseconds. */
const PATIENCE_MS = 29_000
const LIMIT_MS = 30_000

const flags = settingFlags()

export const startCommand: Command = {
  name: 'start',
  summary: 'Start the gateway and serve until told to stop',
  details: [
    'A setting is taken from its flag, else from its variable, else from the settings file, else it has its default.',
    'SIGTERM and SIGINT let requests under way end, for 30 seconds at most; a second signal ends at once. SIGHUP reads the sources again, and the tokens and certificates of the Admin API. Logs are JSON lines on standard error, the access log on standard output.',
  ],
  flags,
  examples: [
    'start',
    'start --source kong:kong.yaml --store memory',
    'start --proxy-http 0.0.0.0:80 --proxy-https 0.0.0.0:443 --trusted-ips 10.0.0.0/8',
  ],
  run: start,
}

async function start(input: Input, io: Io): Promise<number> {
  const settings = settingsFrom(input, Object.keys(flags), io.env)
  refuseKeysOnCommandLine(input)
  const { proxyHttp, proxyHttps, admin } = settings
  if (proxyHttp === null && proxyHttps === null && admin === null) {
    throw new UsageError('the proxy and the Admin API are all off: there would be nothing to serve')
  }
  const adminToken = io.env['SALLYPORT_ADMIN_TOKEN']?.trim() || null
  const accessProblem = adminAccessProblem({ ...settings, adminToken })
  if (accessProblem !== null) throw new UsageError(accessProblem)
  // Loaded here, so that the small commands need not wait for a whole gateway to load.
  const { BadConfiguration, startGateway } = await import('../../app.ts')
  const { processLog } = await import('./log.ts')
  const log = processLog()
  exitOnDefects(log)
  const stopAsked = stopSignal()

  const accessLog = settings.accessLog ? createWriteStream('', { fd: 1, autoClose: false }) : null
  accessLog?.on('error', (error) => log.warn({ error: failureText(error) }, 'the access log cannot be written'))
  let gateway: Awaited<ReturnType<typeof startGateway>>
  try {
    const starting = startGateway({ ...gatewaySettings(settings, accessLog), adminToken }, log)
    // A store may take its time to appear; until then nothing is served that would have to end in order.
    const early = await Promise.race([starting.then(() => null), stopAsked])
    if (early !== null) {
      starting.catch(() => {})
      log.info({ signal: early }, 'stopped before anything was served')
      return 0
    }
    gateway = await starting
  } catch (error) {
    if (error instanceof BadConfiguration) {
      // The gateway stops at the first bad source; who mends them wants to know of all.
      const { sourceProblems } = await import('../check-command.ts')
      const all = await sourceProblems(settings.sources, settings)
      io.err(`${all.length > 0 ? all.join('\n') : error.message}\n`)
      throw new CommandFailure('the configuration has problems; nothing was started')
    }
    throw new CommandFailure(startFailure(error))
  }
  process.on('SIGHUP', () => gateway.reload())
  const { ports } = gateway
  log.info(
    { ports, store: shownStore(settings.store), sources: settings.sources, config: settings.config, pid: process.pid },
    startedMessage(settings, ports),
  )

  const signal = await stopAsked
  log.info({ signal }, 'stopping: no more connections are taken, requests under way may end')
  const limit = new Promise<'late'>((resolve) => setTimeout(resolve, LIMIT_MS, 'late').unref())
  const ended = gateway.stop(PATIENCE_MS).then(() => flushed(accessLog))
  if ((await Promise.race([ended, limit])) === 'late') log.warn({}, 'stopped before everything had ended')
  else log.info({}, 'stopped')
  return 0
}

function gatewaySettings(settings: Settings, accessLog: GatewaySettings['accessLog']): GatewaySettings {
  return { ...settings, http2PriorKnowledge: settings.h2c, accessLog }
}

/** Resolves with the first signal to stop; the second ends the process there and then. */
function stopSignal(): Promise<NodeJS.Signals> {
  const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
  let asked = false
  const numbers = { SIGTERM: 15, SIGINT: 2 } as const
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (asked) process.exit(128 + numbers[signal])
      asked = true
      resolve(signal)
    })
  }
  return promise
}

/** What nobody expected may have left anything half done: better no process than one nobody can reason about. */
function exitOnDefects(log: { fatal(fields: Record<string, unknown>, message: string): void }): void {
  const exit = (error: unknown) => {
    log.fatal({ error: error instanceof Error ? error.stack : String(error) }, 'defect: the process ends')
    process.exit(1)
  }
  process.on('uncaughtException', exit)
  process.on('unhandledRejection', exit)
}

function flushed(stream: NodeJS.WritableStream | null): Promise<void> {
  return stream === null ? Promise.resolve() : new Promise((resolve) => stream.end(() => resolve()))
}

function startFailure(error: unknown): string {
  const { code, address, port } = error as NodeJS.ErrnoException & { address?: string; port?: number }
  if (code === 'EADDRINUSE') return `${address}:${port} is taken by another process; stop it, or choose another address`
  if (code === 'EACCES' && port !== undefined) return `${address}:${port} may not be listened on by this user`
  if (code === 'EADDRNOTAVAIL') return `${address} is not an address of this machine`
  return failureText(error)
}
