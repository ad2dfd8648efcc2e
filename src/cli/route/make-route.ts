import { CommandFailure, failureText } from '../failure.ts'
import { type AdminClient, type Entity, type Path, Refused } from '../gateway/admin-client.ts'
import type { WantedPolicy } from './policy-flags.ts'

export interface WantedRoute {
  readonly name: string
  readonly path: string
  /** URL of the service; null for a route that has none yet. */
  readonly target: string | null
  /** Empty for all. */
  readonly methods: readonly string[]
  readonly policies: readonly WantedPolicy[]
}

/**
 * Makes service, route and policies so that the route is never open, not for a moment and not when a step fails: the
 * service stays disabled, and with it the route, until all of its policies are on it. A failure takes back what was made.
 *
 * @throws CommandFailure
 */
export async function makeRoute(
  client: AdminClient,
  wanted: WantedRoute,
): Promise<{ route: Entity; service: Entity | null }> {
  const { name, path, target, methods, policies } = wanted
  const made: Path[] = []
  try {
    let service: Entity | null = null
    if (target !== null) {
      service = await client.create(['services'], { name, url: target, enabled: false })
      made.push(['services', idOf(service)])
    }
    const route = await client.create(['routes'], {
      name,
      paths: [path],
      ...(methods.length === 0 ? {} : { methods }),
      ...(service === null ? {} : { service: { id: idOf(service) } }),
    })
    made.push(['routes', idOf(route)])
    for (const policy of policies) await client.create(['routes', idOf(route), 'plugins'], { ...policy })
    if (service !== null) service = await client.change(['services', idOf(service)], { enabled: true })
    return { route, service }
  } catch (error) {
    const left = await takeBack(client, made)
    if (error instanceof Refused && error.status === 409) throw new CommandFailure(alreadyThere(path))
    throw left.length === 0 ? error : new CommandFailure(`${failureText(error)}\n${left.join('\n')}`)
  }
}

/** Deletes in the opposite order. @returns what could not be deleted, as sentences. */
async function takeBack(client: AdminClient, made: readonly Path[]): Promise<string[]> {
  const left: string[] = []
  for (const path of made.toReversed()) {
    try {
      await client.delete(path)
    } catch {
      left.push(`what was made could not be taken back: /${path.join('/')} is still there, though not open to anyone`)
    }
  }
  return left
}

function alreadyThere(path: string): string {
  return (
    `there is a route for ${path} already; nothing was changed\n` +
    `'sallyport route ls' shows it, 'sallyport route delete ${path}' makes room`
  )
}

function idOf(entity: Entity): string {
  return String(entity['id'])
}
