import type { Command } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { type AdminClient, type Entity, Refused } from '../gateway/admin-client.ts'
import { adminClient, gatewayFlags } from '../gateway/gateway-flags.ts'
import { nothingToDelete, strictFlag } from '../gateway/nothing-to-delete.ts'
import { nameOf, pathsOf, referenceOf, routesWithPath } from './find-routes.ts'
import { routeName } from './route-name.ts'

export const routeDelete: Command = {
  name: 'delete',
  summary: 'Delete a route with its policies, and its service if nothing else uses it',
  positionals: [
    { name: 'ROUTE', description: 'Its path, name or id.' },
    { name: 'TARGET', description: 'Not needed; accepted for scripts that name it.', optional: true },
  ],
  flags: { strict: strictFlag, ...gatewayFlags },
  examples: ['route delete /app'],
  async run(input, io) {
    const word = input.positional('ROUTE')
    const client = adminClient(input, io)
    const route = await findRoute(client, word)
    // What a `route add` that was cut short left behind has the same name.
    if (route === null) {
      const isLeft = isPath(word) && (await deleteService(client, await client.find(['services', routeName(word)])))
      if (!isLeft) return nothingToDelete(`route ${word}`, input, io)
      io.err(`there is no route ${word}; deleted the service that was made for it\n`)
      return 0
    }
    await client.delete(['routes', String(route['id'])])
    const serviceId = referenceOf(route, 'service')
    const service = serviceId === null ? null : await client.find(['services', serviceId])
    // A service of another name was made by other hands, for more than this route.
    if (service !== null && service['name'] === route['name']) await deleteService(client, service)
    io.err(`deleted route ${word}\n`)
    return 0
  },
}

/** @throws CommandFailure where the word fits several, or a route that answers other paths too. */
async function findRoute(client: AdminClient, word: string): Promise<Entity | null> {
  if (!isPath(word)) return await client.find(['routes', word])
  const routes = await routesWithPath(client, word)
  if (routes.length > 1) {
    throw new CommandFailure(`several routes answer ${word}; say which by name: ${routes.map(nameOf).join(', ')}`)
  }
  const route = routes[0] ?? null
  if (route !== null && pathsOf(route).length > 1) {
    const others = pathsOf(route).filter((path) => path !== word)
    throw new CommandFailure(
      `the route '${nameOf(route)}' answers ${others.join(', ')} too; to delete all of it, say its name`,
    )
  }
  return route
}

/** @returns whether it is gone; it stays where other routes use it. */
async function deleteService(client: AdminClient, service: Entity | null): Promise<boolean> {
  if (service === null) return false
  try {
    await client.delete(['services', String(service['id'])])
    return true
  } catch (error) {
    if (error instanceof Refused && error.status === 400) return false
    throw error
  }
}

function isPath(word: string): boolean {
  return word.startsWith('/') || word.startsWith('~/')
}
