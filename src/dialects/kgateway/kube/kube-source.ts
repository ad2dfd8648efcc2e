import { type Kind, kindNames } from '../resources/kinds.ts'
import type { RefusedObject } from '../resources/refused-object.ts'
import type { ResourceProblem } from '../resources/resource-problem.ts'
import type { Resources } from '../resources/resources.ts'
import type { ResourceStatus } from '../resources/status.ts'
import type { KubeApi } from './api/kube-api.ts'
import { LeaderElection } from './leader/leader-election.ts'
import { StatusFlow } from './status/status-flow.ts'
import { StatusWriter } from './status/status-writer.ts'
import { realWait, type Wait } from './watch/backoff.ts'
import { ChangeSignal } from './watch/change-signal.ts'
import { KindWatch } from './watch/kind-watch.ts'
import { KubeObjects } from './watch/kube-objects.ts'

export interface KubeSourceOptions {
  readonly api: KubeApi
  /** How the source is called in problems: `kgateway:kube`. */
  readonly source: string
  /** Of the GatewayClasses that are ours, and in every status that we write. */
  readonly controllerName: string
  /** Where the lease stands that says which replica writes statuses. */
  readonly namespace: string
  /** This replica, unlike any other. */
  readonly identity: string
  /** What goes on, for the log. */
  readonly say: (level: 'info' | 'warn', message: string) => void
  /** For tests. */
  readonly wait?: Wait
  readonly random?: () => number
  readonly ticks?: () => number
  readonly now?: () => number
}

const LEASE = 'sallyport-kgateway'

/**
 * The resources of an API server, followed as they change, and their statuses, written by one replica of many.
 *
 * A watch for each kind puts what it hears into one store. When nothing more comes for a moment, whoever listens is told,
 * reads all resources and hands back all statuses; the leader writes those that differ.
 */
export class KubeSource {
  readonly #options: KubeSourceOptions
  readonly #ended = new AbortController()
  readonly #objects: KubeObjects
  readonly #change = new ChangeSignal()
  readonly #unlisted = new Set<Kind>(kindNames)
  readonly #troubles = new Map<Kind, string>()
  readonly #statuses: StatusFlow
  readonly #election: LeaderElection
  #running: Promise<unknown> | null = null
  #onSynced: (() => void) | null = null

  constructor(options: KubeSourceOptions) {
    const { api, source, controllerName, namespace, identity, say } = options
    const { wait = realWait, random = Math.random, ticks = () => performance.now(), now = Date.now } = options
    this.#options = { ...options, wait, random, ticks, now }
    this.#objects = new KubeObjects(source)
    const writer = new StatusWriter({ api, objects: this.#objects, controllerName, now })
    this.#statuses = new StatusFlow(writer, wait, say, this.#ended.signal)
    let told: string | null = null
    const trouble = (problem: string | null) => {
      if (problem !== null && problem !== told) say('warn', `lease ${namespace}/${LEASE}: ${problem}`)
      told = problem
    }
    const tools = { api, wait, random, ticks, now, namespace, name: LEASE, identity, trouble }
    this.#election = new LeaderElection(tools, (leads) => {
      say('info', leads ? 'this replica writes statuses now' : 'this replica writes statuses no more')
      this.#statuses.allow(leads)
    })
  }

  /**
   * Resolves once every kind has been listed, however long that takes; a kind that the server does not know counts.
   * Rejects when it is closed before: what is known by then may lack what guards the rest.
   */
  async start(): Promise<void> {
    const { api, wait, random, ticks } = this.#options as Required<KubeSourceOptions>
    const tools = { api, wait, random, ticks }
    const { signal } = this.#ended
    const synced = new Promise<void>((resolve, reject) => {
      this.#onSynced = resolve
      signal.addEventListener('abort', () => reject(new Error('closed before everything was listed')), { once: true })
    })
    const watches = kindNames.map((kind) => new KindWatch(kind, this.#sink, tools).run(signal))
    this.#running = Promise.all([...watches, this.#election.run(signal)])
    await synced
  }

  /** Whether every kind has been listed at least once: before that, what is missing may only be late. */
  get isSynced(): boolean {
    return this.#unlisted.size === 0
  }

  get leads(): boolean {
    return this.#election.leads
  }

  resources(): Resources {
    return this.#objects.resources()
  }

  problems(): readonly ResourceProblem[] {
    return this.#objects.problems()
  }

  refused(): readonly RefusedObject[] {
    return this.#objects.refused()
  }

  /** Kinds that can't be followed at the moment, each with why. */
  troubles(): ReadonlyMap<Kind, string> {
    return this.#troubles
  }

  /** Tells of changes, several at once, from when every kind has been listed. */
  onChange(listener: () => void): void {
    this.#change.onChange(listener)
  }

  /** @param statuses all there are; entries of ours elsewhere are taken away. Written as far as this replica leads. */
  writeStatuses(statuses: readonly ResourceStatus[]): void {
    this.#statuses.want(statuses)
  }

  /** Stops following, and leaves the lease to another replica. */
  async close(): Promise<void> {
    this.#ended.abort()
    this.#change.close()
    await this.#running
    await this.#statuses.settled()
  }

  readonly #sink = {
    replaced: (kind: Kind, objects: Parameters<KubeObjects['replace']>[1]) => {
      const changed = this.#objects.replace(kind, objects)
      const wasSynced = this.isSynced
      this.#unlisted.delete(kind)
      if (this.isSynced && !wasSynced) this.#onSynced?.()
      if (this.isSynced && wasSynced && changed) this.#change.note()
    },
    put: (kind: Kind, object: Parameters<KubeObjects['put']>[1]) => {
      if (this.#objects.put(kind, object) && this.isSynced) this.#change.note()
    },
    removed: (kind: Kind, object: Parameters<KubeObjects['remove']>[1]) => {
      if (this.#objects.remove(kind, object) && this.isSynced) this.#change.note()
    },
    trouble: (kind: Kind, problem: string | null) => {
      if ((this.#troubles.get(kind) ?? null) === problem) return
      if (problem === null) this.#troubles.delete(kind)
      else this.#troubles.set(kind, problem)
      if (problem === null) this.#options.say('info', `${kind}: followed again`)
      else this.#options.say('warn', `${kind}: can't be followed: ${problem}`)
    },
  }
}
