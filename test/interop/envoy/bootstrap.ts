import type { Config, JwtSpec, OtherRoute } from './case.ts'
import { jwtFilter, PER_ROUTE_JWT, RBAC_FILTER, rbacPerRoute } from './kgateway-filters.ts'

const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.filters.${name}` })

/** The filter of the extension that guards all hosts; filters run by name, so it is the first. */
const EVERYWHERE = 'jwt/0'

/**
 * Envoy's static configuration: one listener, one virtual host for each config, one filter for each extension.
 * @param everywhere the extension of a policy on the Gateway.
 */
export function bootstrap(
  configs: readonly Config[],
  clusters: Readonly<Record<string, number>>,
  everywhere: JwtSpec | null,
): object {
  const manager = {
    ...type('network.http_connection_manager.v3.HttpConnectionManager'),
    stat_prefix: 'http',
    // as kgateway sets them
    normalize_path: true,
    merge_slashes: true,
    use_remote_address: true,
    route_config: {
      name: 'routes',
      virtual_hosts: configs.map(virtualHost),
      ...(everywhere === null ? {} : { typed_per_filter_config: { [EVERYWHERE]: PER_ROUTE_JWT } }),
    },
    http_filters: [
      ...(everywhere === null ? [] : [{ name: EVERYWHERE, disabled: true, typed_config: jwtFilter(everywhere) }]),
      ...configs.map(({ name, jwt }) => ({ name: `jwt/${name}`, disabled: true, typed_config: jwtFilter(jwt) })),
      { name: 'rbac', typed_config: RBAC_FILTER },
      { name: 'router', typed_config: type('http.router.v3.Router') },
    ],
  }
  const listener = {
    name: 'http',
    address: addressOf(0),
    filter_chains: [{ filters: [{ name: 'manager', typed_config: manager }] }],
  }
  return {
    static_resources: {
      listeners: [listener],
      clusters: Object.entries(clusters).map(([name, port]) => ({
        name,
        type: 'STATIC',
        load_assignment: {
          cluster_name: name,
          endpoints: [{ lb_endpoints: [{ endpoint: { address: addressOf(port) } }] }],
        },
      })),
    },
  }
}

function virtualHost({ name, rbac, otherRoute }: Config): object {
  return {
    name,
    domains: [`${name}.test`],
    routes: [
      ...(otherRoute === undefined ? [] : [envoyRoute(otherRoute)]),
      { match: { prefix: '/' }, route: { cluster: 'echo' } },
    ],
    typed_per_filter_config: {
      [`jwt/${name}`]: PER_ROUTE_JWT,
      ...(rbac === undefined ? {} : { rbac: rbacPerRoute(rbac) }),
    },
  }
}

function envoyRoute({ header, value, needs }: OtherRoute): object {
  const rule = { policy: { matchExpressions: [`'${needs}' in request.headers`] } }
  return {
    match: { prefix: '/', headers: [{ name: header, string_match: { exact: value } }] },
    route: { cluster: 'echo' },
    request_headers_to_add: [{ header: { key: 'x-route', value: 'other' } }],
    ...(needs === undefined ? {} : { typed_per_filter_config: { rbac: rbacPerRoute(rule) } }),
  }
}

const addressOf = (port: number) => ({ socket_address: { address: '127.0.0.1', port_value: port } })
