import type { Command, Group } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { AdminClient, Entity } from '../gateway/admin-client.ts'
import { adminClient, gatewayFlags, shownFlags } from '../gateway/gateway-flags.ts'
import { show } from '../gateway/show.ts'
import { nameOf, referenceOf, routesWithPath } from './find-routes.ts'
import { checkedPath, pathArgument } from './path-argument.ts'
import { routeAdd } from './route-add.ts'
import { routeDelete } from './route-delete.ts'
import { routeName } from './route-name.ts'
import { routeColumns, routeRows } from './route-rows.ts'
import { checkedTarget } from './target.ts'

const ls: Command = {
  name: 'ls',
  summary: 'List routes, where they lead and what guards them',
  flags: shownFlags,
  async run(input, io) {
    const client = adminClient(input, io)
    const [routes, services, plugins] = await Promise.all([
      client.list(['routes']),
      client.list(['services']),
      client.list(['plugins']),
    ])
    show(routeRows(routes, services, plugins), routeColumns, input, io)
    return 0
  },
}

const target: Command = {
  name: 'target',
  summary: 'Set where a route leads, leaving its policies as they are',
  positionals: [pathArgument, { name: 'TARGET', description: 'URL of the service behind it.' }],
  flags: gatewayFlags,
  examples: ['route target /app http://127.0.0.1:9000'],
  async run(input, io) {
    const path = checkedPath(input.positional('PATH'))
    const url = checkedTarget(input.positional('TARGET'), 'TARGET')
    const client = adminClient(input, io)
    const route = await theRoute(client, path)
    const serviceId = referenceOf(route, 'service')
    if (serviceId === null) {
      const service = await client.create(['services'], { name: routeName(path), url })
      await client.change(['routes', String(route['id'])], { service: { id: service['id'] } })
    } else {
      await client.change(['services', serviceId], { url })
    }
    io.err(`${path} now leads to ${url}\n`)
    return 0
  },
}

/** The route of a path. @throws CommandFailure where there is none, or several. */
async function theRoute(client: AdminClient, path: string): Promise<Entity> {
  const routes = await routesWithPath(client, path)
  if (routes.length === 1) return routes[0]!
  if (routes.length === 0) throw new CommandFailure(`there is no route for ${path}; 'sallyport route ls' lists all`)
  throw new CommandFailure(`several routes answer ${path}: ${routes.map(nameOf).join(', ')}`)
}

export const routeGroup: Group = {
  name: 'route',
  summary: 'Which requests go where, and who may send them',
  commands: [routeAdd, ls, target, routeDelete],
}
