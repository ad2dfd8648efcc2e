import type { Values } from '../entities/kind.ts'
import type { AdminContext } from './context.ts'
import { schemaViolation } from './problem.ts'

const PAGE = 1000

/**
 * A plugin whose protocols were given must share one with its route, or with at least one route of its service.
 *
 * @param given the fields that were sent; protocols that come from a default are not looked at.
 * @throws AdminProblem
 */
export async function checkProtocols(context: AdminContext, plugin: Readonly<Values>, given: Readonly<Values>) {
  const protocols = plugin['protocols']
  const concerned = ['protocols', 'route', 'service'].some((field) => given[field])
  if (!concerned || !Array.isArray(protocols)) return
  const shares = (route: Readonly<Values>) => (route['protocols'] as string[]).some((each) => protocols.includes(each))
  const routeId = idOf(plugin['route'])
  const serviceId = idOf(plugin['service'])
  if (routeId) {
    const route = await context.store.get('routes', routeId)
    if (route && !shares(route.json)) {
      throw schemaViolation({ protocols: "must match the associated route's protocols" })
    }
  } else if (serviceId && !(await someRoute(context, serviceId, shares))) {
    const message = "must match the protocols of at least one route pointing to this Plugin's service"
    throw schemaViolation({ protocols: message })
  }
}

function idOf(reference: unknown): string | null {
  if (typeof reference !== 'object' || reference === null || !('id' in reference)) return null
  return typeof reference.id === 'string' ? reference.id : null
}

/** True also for a service without routes. */
async function someRoute(context: AdminContext, serviceId: string, good: (route: Readonly<Values>) => boolean) {
  let after: string | null = null
  let seen = 0
  do {
    const referencing = { field: 'service', id: serviceId }
    const page = await context.store.page({ kind: 'routes', size: PAGE, after, referencing })
    if (page.entities.some((route) => good(route.json))) return true
    seen += page.entities.length
    after = page.after
  } while (after !== null)
  return seen === 0
}
