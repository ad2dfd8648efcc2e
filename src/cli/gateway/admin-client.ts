import { CommandFailure } from '../failure.ts'

/** An entity as the Admin API shows it. */
export type Entity = Readonly<Record<string, unknown>>

/** A call that waits longer has failed. Milliseconds. */
const TIMEOUT_MS = 10_000

/** What the Admin API answered to a call that it refused. */
export class Refused extends CommandFailure {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** Parts of a path; each is escaped, so that a name with a slash stays one part. */
export type Path = readonly string[]

/** Calls the Admin API. Everything throws CommandFailure when the gateway can't be reached or answers nonsense. */
export class AdminClient {
  readonly #base: string
  readonly #fetch: typeof fetch

  constructor(base: string, fetchIt: typeof fetch = fetch) {
    this.#base = base
    this.#fetch = fetchIt
  }

  /** Host name of the Admin API. */
  get host(): string {
    return new URL(this.#base).hostname
  }

  /** @throws Refused */
  async get(path: Path, query = new URLSearchParams()): Promise<Entity> {
    return await this.#call('GET', query.size === 0 ? pathText(path) : `${pathText(path)}?${query}`)
  }

  /** Null where there is no such thing. */
  async find(path: Path): Promise<Entity | null> {
    try {
      return await this.get(path)
    } catch (error) {
      if (error instanceof Refused && error.status === 404) return null
      throw error
    }
  }

  /** All of a collection, page by page. @throws Refused */
  async list(path: Path): Promise<Entity[]> {
    const all: Entity[] = []
    let next: string | null = `${pathText(path)}?size=1000`
    while (next !== null) {
      const page: Entity = await this.#call('GET', next)
      all.push(...((page['data'] as Entity[] | undefined) ?? []))
      const following: unknown = page['next']
      next = typeof following === 'string' && following.startsWith('/') ? following : null
    }
    return all
  }

  /** @throws Refused, with status 409 where something unique is there already. */
  async create(path: Path, entity: Entity): Promise<Entity> {
    return await this.#call('POST', pathText(path), entity)
  }

  /** @throws Refused */
  async change(path: Path, entity: Entity): Promise<Entity> {
    return await this.#call('PATCH', pathText(path), entity)
  }

  /** Makes it anew, or for the first time. @throws Refused */
  async replace(path: Path, entity: Entity): Promise<Entity> {
    return await this.#call('PUT', pathText(path), entity)
  }

  /** @throws Refused, though not for a top-level thing that isn't there. */
  async delete(path: Path): Promise<void> {
    await this.#call('DELETE', pathText(path))
  }

  async #call(method: string, path: string, body?: Entity): Promise<Entity> {
    let response: Response
    let text: string
    try {
      response = await this.#fetch(`${this.#base}${path}`, {
        method,
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      })
      text = await response.text()
    } catch (error) {
      throw new CommandFailure(this.#unreachable(error))
    }
    const answer = parsed(text)
    if (!response.ok) {
      const message = answer?.['message']
      // Taken for an answer about an entity, this would let deletions seem done.
      if (message === PROXY_MISS)
        throw new CommandFailure(`${this.#base} is the proxy, not the Admin API. ${ELSEWHERE}`)
      if (response.status === 401) throw new CommandFailure(`${String(message)}. ${WHAT_LETS_IN}`)
      throw new Refused(response.status, typeof message === 'string' ? message : this.#strange(response.status))
    }
    if (response.status === 204) return {}
    if (answer === null) throw new CommandFailure(this.#strange(response.status))
    return answer
  }

  #strange(status: number): string {
    return `${this.#base} answered ${status}, but not as an Admin API does; is it one? ${ELSEWHERE}`
  }

  #unreachable(error: unknown): string {
    if ((error as Error).name === 'TimeoutError') {
      return `the gateway at ${this.#base} did not answer within ${TIMEOUT_MS / 1000} seconds`
    }
    const cause = (error as Error).cause as NodeJS.ErrnoException | undefined
    const why = cause?.code === 'ECONNREFUSED' ? 'nothing listens there' : (cause?.message ?? (error as Error).message)
    return `no gateway can be reached at ${this.#base}: ${why}\nStart one with 'sallyport start'. ${ELSEWHERE}`
  }
}

/** What a proxy says to a path it has no route for. */
const PROXY_MISS = 'no Route matched with those values'

const WHAT_LETS_IN =
  'Name a token by SALLYPORT_ADMIN_TOKEN or --admin-token-file, or a certificate by --admin-client-cert and --admin-client-key.'

const ELSEWHERE = 'If it is elsewhere, say where: --admin HOST:PORT, or SALLYPORT_ADMIN.'

function pathText(path: Path): string {
  const dots = path.find((part) => part === '.' || part === '..')
  // However they are spelt, URLs take these for steps through the path: the call would go to something else.
  if (dots !== undefined) throw new CommandFailure(`the Admin API can't be asked for something named '${dots}'`)
  return path.map((part) => `/${encodeURIComponent(part)}`).join('')
}

function parsed(text: string): Entity | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Entity) : null
  } catch {
    return null
  }
}
