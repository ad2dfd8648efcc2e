import type { Entity } from '../gateway/admin-client.ts'
import type { Column } from '../gateway/show.ts'
import { listOf, nameOf, pathsOf, referenceOf } from './find-routes.ts'
import { targetOf } from './target.ts'

/** A route with what it leads to and what guards it: one row of `route ls`. */
export interface RouteRow extends Entity {
  readonly name: string
  /** Paths, each with its host in front where the route has hosts. */
  readonly urls: readonly string[]
  readonly target: string | null
  /** False for a route that answers nobody because its service is disabled. */
  readonly enabled: boolean
  /** Empty for all. */
  readonly methods: readonly string[]
  readonly policies: readonly string[]
}

export const routeColumns: readonly Column[] = [
  ['RELATIVE URL', (row) => (row as RouteRow).urls.join(' ') || '-'],
  ['TARGET', (row) => `${row['target'] ?? '-'}${row['enabled'] ? '' : ' (disabled)'}`],
  ['HTTP METHODS', (row) => (row as RouteRow).methods.join(' ') || 'All'],
  ['POLICIES', (row) => (row as RouteRow).policies.join(' ') || '-'],
  ['NAME', (row) => (row as RouteRow).name],
]

/** Joins routes with their services and with the policies that reach them: their own, the service's and the global ones. */
export function routeRows(
  routes: readonly Entity[],
  services: readonly Entity[],
  plugins: readonly Entity[],
): RouteRow[] {
  const serviceById = new Map(services.map((service) => [service['id'], service]))
  // Those of a consumer guard nobody else's requests.
  const guarding = plugins.filter((plugin) => plugin['enabled'] !== false && referenceOf(plugin, 'consumer') === null)
  const byScope = Map.groupBy(guarding, (plugin) => `${referenceOf(plugin, 'route')} ${referenceOf(plugin, 'service')}`)

  const rows = routes.map((route): RouteRow => {
    const serviceId = referenceOf(route, 'service')
    const service = serviceId === null ? undefined : serviceById.get(serviceId)
    const scopes = new Set([`${route['id']} ${serviceId}`, `${route['id']} null`, `null ${serviceId}`, 'null null'])
    const policies = [...scopes].flatMap((scope) => byScope.get(scope) ?? []).map((plugin) => String(plugin['name']))
    return {
      id: route['id'],
      name: nameOf(route),
      urls: urlsOf(route),
      target: service === undefined ? null : targetOf(service),
      enabled: service?.['enabled'] !== false,
      methods: listOf(route, 'methods'),
      policies: [...new Set(policies)].sort(),
    }
  })
  const place = (row: RouteRow) => row.urls[0] ?? ''
  return rows.sort((a, b) => (place(a) < place(b) ? -1 : place(a) > place(b) ? 1 : 0))
}

function urlsOf(route: Entity): string[] {
  const [hosts, paths] = [listOf(route, 'hosts'), pathsOf(route)]
  if (hosts.length === 0) return [...paths]
  return hosts.flatMap((host) => (paths.length === 0 ? [host] : paths.map((path) => `${host}${path}`)))
}
