/**
 * Several processes on one machine. The supervisor owns the listening sockets and hands connections to workers in turn;
 * one control process has store and Admin API. Whichever of them dies is started anew; killing control leaves requests
 * untouched, killing a worker costs its own open requests only.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { extname, join } from 'node:path'
import { LocalDesk } from '../plane/balance/local-desk.ts'
import type { EntityOutcome, EntityWrite } from '../policy/entities.ts'
import { ConnectionHandout } from './connection-handout.ts'
import { CONTROL_LOST, ForwardedWrites } from './forwarded-writes.ts'
import { listenerSockets } from './listener-sockets.ts'
import type { Order, Report, Role, SentSettings } from './messages.ts'
import { BadConfiguration, type Gateway, type GatewaySettings, type Log, type Ports } from './settings.ts'
import { WorkerAnswers } from './worker-answers.ts'

/** How long workers have to answer, in milliseconds. One that does not confirm a revision by then is replaced. */
const CONFIRM_MS = 2000
/** Pause before a process that died is started anew; longer each time it dies young. Milliseconds. */
const RESTART_MS = 100
const RESTART_LIMIT_MS = 5000
const OLD_MS = 10_000

/** Where a process of ours begins. */
const CHILD = join(import.meta.dirname, `child${extname(import.meta.filename)}`)

/** A process of the supervisor's, control or worker. */
interface Member {
  readonly role: Role
  readonly process: ChildProcess
  readonly startedAt: number
  ready: boolean
}

/** @throws BadConfiguration, or Error when a process can't start. */
export async function startSupervised(settings: GatewaySettings, log: Log): Promise<Gateway> {
  if (settings.store === 'memory') {
    throw new Error("store 'memory' is one process's own: several workers need sqlite:FILE or postgres://…")
  }
  const supervisor = new ProcessSupervisor(settings, log)
  await supervisor.start()
  return supervisor
}

class ProcessSupervisor implements Gateway {
  readonly #log: Log
  readonly #workersWanted: number
  #settings: SentSettings
  #ports: Ports = { http: null, https: null, admin: null, status: null }
  #control: Member | null = null
  readonly #workers = new Set<Member>()
  readonly #answers = new WorkerAnswers<Member>()
  readonly #writes = new ForwardedWrites<Member>()
  readonly #handout = new ConnectionHandout()
  /** How targets fare, counted here for all workers. */
  readonly #desk = new LocalDesk((key, state) => this.#tellHealth([...this.#workers], [[key, state]]))
  /** The worker that makes the active checks. */
  #prober: Member | null = null
  #stopping = false
  #restartMs = RESTART_MS

  constructor(settings: GatewaySettings, log: Log) {
    this.#log = log
    this.#workersWanted = settings.workers!
    this.#settings = { ...settings, accessLog: settings.accessLog !== null }
  }

  get ports(): Ports {
    return this.#ports
  }

  async start(): Promise<void> {
    try {
      await this.#listen()
      await this.#startMember('control')
      // the first worker alone: if the configuration is bad, one says so
      await this.#startMember('worker')
      await Promise.all(Array.from({ length: this.#workersWanted - 1 }, () => this.#startMember('worker')))
    } catch (error) {
      await this.stop(0)
      throw error
    }
    this.#tellWorkers()
  }

  async #listen(): Promise<void> {
    const { proxyHttp, proxyHttps } = this.#settings
    const http = proxyHttp === null ? null : await this.#handout.listen('http', proxyHttp)
    const https = proxyHttps === null ? null : await this.#handout.listen('https', proxyHttps)
    const { sockets, byListener } = listenerSockets(this.#settings)
    const ports = new Map<string, number>()
    for (const { name, ...address } of sockets) ports.set(name, await this.#handout.listen(name, address))
    const listeners = Object.fromEntries([...byListener].map(([listener, socket]) => [listener, ports.get(socket)!]))
    this.#ports = { ...this.#ports, http, https, listeners }
  }

  /** Resolves when the process does its work. */
  #startMember(role: Role): Promise<void> {
    return new Promise((resolve, reject) => {
      const child = fork(CHILD, [], { execArgv: ['--disable-warning=ExperimentalWarning'] })
      const member: Member = { role, process: child, startedAt: performance.now(), ready: false }
      if (role === 'worker') this.#workers.add(member)
      else this.#control = member
      child.on('message', (report: Report) => {
        if (report.type === 'failed') {
          reject(report.problems === null ? new Error(report.message) : new BadConfiguration(report.problems))
        } else if (report.type === 'ready') {
          member.ready = true
          this.#ports = { ...this.#ports, ...report.ports }
          this.#keepPorts(report.ports)
          resolve()
        } else this.#hear(member, report)
      })
      child.once('exit', (code, signal) => {
        reject(new Error(`the ${role} process ended before it was ready (${signal ?? code})`))
        this.#lost(member, signal ?? String(code))
      })
      child.on('error', () => {})
      this.#send(member, { type: 'start', role, settings: this.#settings })
      // what changes from now on it is told like all others, also while it still loads
      if (role === 'worker') this.#tellHealth([member], this.#desk.states())
    })
  }

  /**
   * A control process that is started anew must listen where its predecessor did, also when port 0 was asked for. (The
   * proxy's sockets are the supervisor's own and stay.)
   */
  #keepPorts(ports: Partial<Ports>): void {
    const at = (address: GatewaySettings['admin'], port: number | null | undefined) =>
      address === null || !port ? address : { ...address, port }
    this.#settings = {
      ...this.#settings,
      admin: at(this.#settings.admin, ports.admin),
      status: at(this.#settings.status, ports.status),
    }
  }

  #send(member: Member, order: Order): void {
    if (member.process.connected) member.process.send(order, () => {})
  }

  #hear(member: Member, report: Report): void {
    switch (report.type) {
      case 'log':
        this.#log[report.level](report.fields, report.message)
        break
      case 'log-level':
        this.#log.setLevel?.(report.level)
        break
      case 'taken':
        this.#handout.taken(member.process, report.number)
        break
      case 'write':
        this.#forward(member, report.id, report.write)
        break
      case 'written':
        this.#answerWrite(this.#writes.answered(report.id), report.outcome)
        break
      case 'followed':
        this.#answers.answered(report.id, member, '')
        break
      case 'figures':
        this.#answers.answered(report.id, member, report.text)
        break
      case 'publish':
        void this.#workersFollow().then(() => this.#send(member, { type: 'published', id: report.id }))
        break
      case 'health-count':
        this.#desk.count(report.key, report.event, report.limit)
        break
      case 'health-forget':
        this.#desk.forget(report.key)
        break
      case 'health-set':
        for (const key of report.keys) this.#desk.set(key, report.state)
        // messages stay in order: whoever has followed has heard of it
        void this.#workersFollow().then(() => this.#send(member, { type: 'published', id: report.id }))
        break
      case 'health-wanted':
        void this.#healthOf(report.upstreamId).then((texts) =>
          this.#send(member, { type: 'figures-of-all', id: report.id, texts }),
        )
        break
      case 'figures-wanted':
        void this.#askWorkers('figures').then(({ texts }) =>
          this.#send(member, { type: 'figures-of-all', id: report.id, texts }),
        )
        break
    }
  }

  /** Has control make a worker's write. */
  #forward(member: Member, id: number, write: EntityWrite): void {
    if (this.#control?.ready !== true) return this.#answerWrite({ member, id }, CONTROL_LOST)
    this.#send(this.#control, { type: 'write', id: this.#writes.asked(member, id), write })
  }

  #answerWrite(asked: { readonly member: Member; readonly id: number } | undefined, outcome: EntityOutcome): void {
    if (asked !== undefined) this.#send(asked.member, { type: 'written', id: asked.id, outcome })
  }

  /** Asks every worker that serves, and waits so long for their answers. */
  #askWorkers(type: 'follow' | 'figures'): ReturnType<WorkerAnswers<Member>['ask']> {
    const serving = [...this.#workers].filter(({ ready }) => ready)
    return this.#answers.ask(serving, CONFIRM_MS, (member, id) => this.#send(member, { type, id }))
  }

  #tellHealth(workers: readonly Member[], states: ReturnType<LocalDesk['states']>): void {
    if (states.length > 0) for (const member of workers) this.#send(member, { type: 'health', states })
  }

  /** One worker says; all know the same. */
  async #healthOf(upstreamId: string): Promise<readonly string[]> {
    const serving = [...this.#workers].find(({ ready }) => ready)
    if (serving === undefined) return []
    const { texts } = await this.#answers.ask([serving], CONFIRM_MS, (member, id) =>
      this.#send(member, { type: 'health-of', id, upstreamId }),
    )
    return texts
  }

  /** Has every worker take over what was committed. One that stays silent is replaced: it would judge by old rules. */
  async #workersFollow(): Promise<void> {
    const { silent } = await this.#askWorkers('follow')
    for (const member of silent) {
      this.#log.error({ process: member.process.pid }, 'a worker does not answer and is replaced')
      member.process.kill('SIGKILL')
    }
  }

  #lost(member: Member, how: string): void {
    this.#workers.delete(member)
    this.#answers.gone(member)
    this.#writes.gone(member)
    this.#handout.lost(member.process)
    if (this.#control === member) {
      this.#control = null
      for (const asked of this.#writes.abandoned()) this.#answerWrite(asked, CONTROL_LOST)
    }
    if (this.#stopping || !member.ready) return
    const { role } = member
    this.#log.error({ process: member.process.pid, role, how }, `the ${role} process ended; another takes its place`)
    if (role === 'worker') this.#tellWorkers()
    const young = performance.now() - member.startedAt < OLD_MS
    this.#restartMs = young ? Math.min(this.#restartMs * 2, RESTART_LIMIT_MS) : RESTART_MS
    setTimeout(() => void this.#replace(role), this.#restartMs)
  }

  async #replace(role: Role): Promise<void> {
    if (this.#stopping) return
    try {
      await this.#startMember(role)
    } catch (error) {
      this.#log.error({ role, error: (error as Error).message }, `the ${role} process does not start; trying again`)
      if (!this.#stopping) setTimeout(() => void this.#replace(role), RESTART_LIMIT_MS)
      return
    }
    // what the old control process committed and did not live to tell
    if (role === 'control') await this.#workersFollow()
    this.#tellWorkers()
  }

  /** Whoever serves now gets connections, and control hears whether that is everybody. */
  #tellWorkers(): void {
    const workers = [...this.#workers].filter(({ ready }) => ready)
    if (this.#prober === null || !workers.includes(this.#prober)) {
      this.#prober = workers[0] ?? null
      if (this.#prober !== null) this.#send(this.#prober, { type: 'probe' })
    }
    this.#handout.setWorkers(workers.map((member) => member.process))
    if (this.#control === null) return
    const serving = workers.length >= this.#workersWanted
    const pids = workers.map((member) => member.process.pid!)
    this.#send(this.#control, { type: 'workers', ports: this.#ports, serving, pids })
  }

  reload(): void {
    for (const member of this.#workers) this.#send(member, { type: 'reload' })
    if (this.#control !== null) this.#send(this.#control, { type: 'reload' })
  }

  async stop(patienceMs: number): Promise<void> {
    this.#stopping = true
    this.#handout.close()
    const members = [...this.#workers, ...(this.#control === null ? [] : [this.#control])]
    await Promise.all(
      members.map(
        (member) =>
          new Promise<void>((resolve) => {
            if (member.process.exitCode !== null || member.process.signalCode !== null) return resolve()
            const late = setTimeout(() => member.process.kill('SIGKILL'), patienceMs + 500)
            member.process.once('exit', () => {
              clearTimeout(late)
              resolve()
            })
            this.#send(member, { type: 'stop', patienceMs })
          }),
      ),
    )
  }
}
