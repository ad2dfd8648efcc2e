import type { Values } from '../entities/kind.ts'
import { priorityOf } from '../priorities.ts'
import { kongVersion } from '../version.ts'
import type { AdminContext } from './context.ts'
import type { NodeInfo } from './node-info.ts'

const PAGE = 1000

/** What `GET /` answers: the first thing that clients ask for, to learn what they speak with. */
export async function nodeInformation(context: AdminContext, info: NodeInfo): Promise<Values> {
  const { policies } = context
  return {
    version: kongVersion,
    tagline: 'Welcome to kong',
    edition: 'community',
    hostname: info.hostname,
    node_id: info.nodeId,
    lua_version: 'none',
    pids: info.pids(),
    timers: { running: 0, pending: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length },
    plugins: {
      available_on_server: Object.fromEntries(
        policies.map((policy) => [policy.name, { version: kongVersion, priority: priorityOf(policy.name, policy) }]),
      ),
      enabled_in_cluster: await pluginsInUse(context),
    },
    configuration: {
      // Clients write entities only where they believe there is a database, and documents only where there is none.
      database: info.declared ? 'off' : 'postgres',
      role: 'traditional',
      router_flavor: 'traditional_compatible',
      worker_consistency: 'strict',
      plugins: ['bundled'],
      loaded_plugins: Object.fromEntries(policies.map(({ name }) => [name, true])),
      ...(info.logLevel === undefined ? {} : { log_level: info.logLevel.current() }),
      ...info.configuration,
    },
  }
}

/** Each name once, in the order in which they came. */
async function pluginsInUse(context: AdminContext): Promise<string[]> {
  const names = new Set<string>()
  let after: string | null = null
  do {
    const page = await context.store.page({ kind: 'plugins', size: PAGE, after })
    for (const plugin of page.entities) names.add(String(plugin.json['name']))
    after = page.after
  } while (after !== null)
  return [...names]
}
