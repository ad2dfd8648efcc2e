import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { envoyProgram } from '../test/interop/envoy/program.ts'
import { type Contender, freePort, run, started, startedSallyport } from './contenders.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))
const type = (name: string) => ({ '@type': `type.googleapis.com/envoy.extensions.filters.${name}` })

/** Claims that services hear of, and the headers. */
export const CLAIMS: readonly (readonly [claim: string, header: string])[] = [
  ['sub', 'x-user-id'],
  ['tenant_id', 'x-tenant-id'],
  ['role', 'x-user-role'],
]

/** Envoy 1.38 as kgateway 2.4 configures it: `/plain` is open, `/protected` wants a token of the issuer. */
export async function startEnvoy(cpu: string, service: number, issuer: string, keys: string): Promise<Contender> {
  const port = await freePort()
  const provider = {
    issuer,
    payload_in_metadata: 'payload',
    claim_to_headers: CLAIMS.map(([claim_name, header_name]) => ({ claim_name, header_name })),
    clear_route_cache: true,
    local_jwks: { inline_string: keys },
  }
  const guard = { ...type('http.jwt_authn.v3.PerRouteConfig'), requirement_name: 'r' }
  const manager = {
    ...type('network.http_connection_manager.v3.HttpConnectionManager'),
    ...{ stat_prefix: 'http', normalize_path: true, merge_slashes: true, use_remote_address: true },
    route_config: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            { match: { path_separated_prefix: '/plain' }, route: { cluster: 'service' } },
            {
              match: { path_separated_prefix: '/protected' },
              route: { cluster: 'service' },
              typed_per_filter_config: { jwt: guard },
            },
          ],
        },
      ],
    },
    http_filters: [
      {
        name: 'jwt',
        disabled: true,
        typed_config: {
          ...type('http.jwt_authn.v3.JwtAuthentication'),
          providers: { p: provider },
          requirement_map: { r: { provider_name: 'p' } },
        },
      },
      { name: 'router', typed_config: type('http.router.v3.Router') },
    ],
  }
  const at = (number: number) => ({ socket_address: { address: '127.0.0.1', port_value: number } })
  const file = join(folder, 'envoy.json')
  const document = {
    static_resources: {
      listeners: [
        { name: 'l', address: at(port), filter_chains: [{ filters: [{ name: 'm', typed_config: manager }] }] },
      ],
      clusters: [
        {
          name: 'service',
          type: 'STATIC',
          load_assignment: {
            cluster_name: 'service',
            endpoints: [{ lb_endpoints: [{ endpoint: { address: at(service) } }] }],
          },
        },
      ],
    },
  }
  writeFileSync(file, JSON.stringify(document))
  const args = [
    '-c',
    file,
    '--concurrency',
    '1',
    '--use-dynamic-base-id',
    '--log-level',
    'error',
    '--disable-hot-restart',
  ]
  return started('envoy', port, run(cpu, await envoyProgram(), args))
}

/** Sallyport with manifests that say the same. */
export async function startKgateway(cpu: string, service: number, issuer: string, keys: string): Promise<Contender> {
  const port = await freePort()
  const object = (group: string, kind: string, name: string, spec: object) => ({
    ...{ apiVersion: group, kind, metadata: { name, namespace: 'default' }, spec },
  })
  const [api, own] = ['gateway.networking.k8s.io/v1', 'gateway.kgateway.dev/v1alpha1']
  const route = (name: string) =>
    object(api, 'HTTPRoute', name, {
      parentRefs: [{ name: 'gw' }],
      rules: [
        {
          matches: [{ path: { type: 'PathPrefix', value: `/${name}` } }],
          backendRefs: [{ group: 'gateway.kgateway.dev', kind: 'Backend', name: 'service' }],
        },
      ],
    })
  const target = { group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'protected' }
  const manifests = [
    object(api, 'Gateway', 'gw', {
      gatewayClassName: 'kgateway',
      listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }],
    }),
    object(own, 'Backend', 'service', { static: { hosts: [{ host: '127.0.0.1', port: service }] } }),
    route('plain'),
    route('protected'),
    object(own, 'GatewayExtension', 'jwt', {
      jwt: {
        providers: [
          {
            ...{ name: 'p', issuer, jwks: { local: { inline: keys } } },
            claimsToHeaders: CLAIMS.map(([name, header]) => ({ name, header })),
          },
        ],
      },
    }),
    object(own, 'TrafficPolicy', 'jwt', { targetRefs: [target], jwtAuth: { extensionRef: { name: 'jwt' } } }),
  ]
  const file = join(folder, 'manifests.yaml')
  writeFileSync(file, manifests.map((each) => JSON.stringify(each)).join('\n---\n'))
  return startedSallyport(cpu, port, `kgateway:${file}`, 'sallyport kgateway')
}
