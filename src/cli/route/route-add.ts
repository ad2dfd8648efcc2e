import type { Command } from '../command.ts'
import { CommandFailure, UsageError } from '../failure.ts'
import type { AdminClient, Entity } from '../gateway/admin-client.ts'
import { adminClient, shownFlags } from '../gateway/gateway-flags.ts'
import { showOne } from '../gateway/show.ts'
import { listOf, nameOf, routesWithPath } from './find-routes.ts'
import { makeRoute } from './make-route.ts'
import { checkedPath, pathArgument } from './path-argument.ts'
import { policyFlags, policyNotes, wantedPolicies } from './policy-flags.ts'
import { routeName } from './route-name.ts'
import { routeColumns, routeRows } from './route-rows.ts'
import { targetFlag, targetFrom } from './target.ts'

export const routeAdd: Command = {
  name: 'add',
  summary: 'Add a route, with the policies that guard it',
  details: [
    'The route answers nobody until all of its policies are on it; if one is refused, nothing is left behind.',
    'Without a target the route is guarded all the same, and answers 503 to those it lets in until it gets one.',
  ],
  positionals: [pathArgument, { name: 'TARGET', description: 'URL of the service behind it.', optional: true }],
  flags: {
    ...policyFlags,
    'http-methods': { kind: 'list', short: 'm', hint: 'METHOD', description: 'Only this method. Repeatable.' },
    target: targetFlag,
    ...shownFlags,
  },
  examples: ['route add /app --jwt', 'route add /app http://127.0.0.1:9000 --jwt --acl admins -m GET -m POST'],
  async run(input, io) {
    const path = checkedPath(input.positional('PATH'))
    const target = targetFrom(input, io.env)
    const methods = input.list('http-methods').map(checkedMethod)
    const policies = wantedPolicies(input)
    const client = adminClient(input, io)

    await refuseRival(client, path)
    const { route, service } = await makeRoute(client, { name: routeName(path), path, target, methods, policies })
    const plugins = await client.list(['routes', String(route['id']), 'plugins'])
    const [row] = routeRows([route], service === null ? [] : [service], plugins)
    showOne(row!, routeColumns, input, io)

    for (const note of policyNotes(path, input)) io.err(`${note}\n`)
    if (target === null) {
      io.err(
        `note: ${path} has no target yet, so whoever is let in gets 503; add one:\n` +
          `  sallyport route target ${path} http://HOST:PORT\n`,
      )
    }
    return 0
  },
}

/** A route of another making that answers the path for every caller might go first, and it might be open. */
async function refuseRival(client: AdminClient, path: string): Promise<void> {
  const own = routeName(path)
  const narrows = ['hosts', 'headers', 'snis', 'sources', 'destinations']
  const isRival = (route: Entity) => nameOf(route) !== own && narrows.every((field) => isNothing(route[field]))
  const rival = (await routesWithPath(client, path)).find(isRival)
  if (rival === undefined) return
  const methods = listOf(rival, 'methods').join(' ') || 'every method'
  throw new CommandFailure(
    `the route '${nameOf(rival)}' answers ${path} already (${methods}) and could go first; nothing was changed\n` +
      `'sallyport route delete ${nameOf(rival)}' makes room`,
  )
}

function isNothing(value: unknown): boolean {
  return value === null || value === undefined || Object.keys(value).length === 0
}

function checkedMethod(text: string): string {
  const method = text.toUpperCase()
  if (!/^[A-Z]+$/.test(method)) throw new UsageError(`--http-methods: '${text}': expected a method such as GET`)
  return method
}
