/** Where a process that the supervisor started begins: it is told its role and its settings, and reports what it does. */
import { createWriteStream } from 'node:fs'
import type { Socket } from 'node:net'
import { systemClock } from '../base/clock.ts'
import { startControl } from './control-process.ts'
import type { Order, Report } from './messages.ts'
import { BadConfiguration, errorText, type GatewaySettings, type Log } from './settings.ts'
import { startWorker } from './worker-process.ts'

/** The supervisor's end of the wire, as a process of its sees it. */
export interface Supervisor {
  report(report: Report): void
  /** Calls back for every order that comes after `start`. */
  onOrder(hear: Hear): void
}

/** `socket` comes with orders of type `connection`; null when it closed on the way. */
type Hear = (order: Order, socket: Socket | null) => void

const orders: Parameters<Hear>[] = []
let hear: Hear | null = null
const supervisor: Supervisor = {
  report: (report) => {
    process.send?.(report)
  },
  onOrder(next) {
    hear = next
    for (const early of orders.splice(0)) next(...early)
  },
}

const tell =
  (level: 'info' | 'warn' | 'error') =>
  (fields: Record<string, unknown>, message: string): void =>
    supervisor.report({ type: 'log', level, fields: { ...fields, process: process.pid }, message })
const log: Log = {
  info: tell('info'),
  warn: tell('warn'),
  error: tell('error'),
  setLevel: (level) => supervisor.report({ type: 'log-level', level }),
}

// a terminal sends its signals to all processes; the supervisor alone decides what they mean
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})
// without the supervisor there is no listening socket and nobody to be told
process.on('disconnect', () => process.exit(1))

process.on('message', (order: Order, socket?: Socket) => {
  if (order.type !== 'start') {
    if (hear === null) orders.push([order, socket ?? null])
    else hear(order, socket ?? null)
    return
  }
  const accessLog = order.settings.accessLog ? createWriteStream('', { fd: 1, autoClose: false }) : null
  const settings: GatewaySettings = { ...order.settings, accessLog }
  process.title = `sallyport ${order.role}`
  const start = order.role === 'worker' ? startWorker : startControl
  start(settings, supervisor, log, systemClock).catch((error: unknown) => {
    const problems = error instanceof BadConfiguration ? error.problems : null
    const message = problems === null ? errorText(error) : (error as Error).message
    process.send?.({ type: 'failed', message, problems } satisfies Report, () => process.exit(1))
  })
})
