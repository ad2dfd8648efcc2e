import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { appliedDocuments } from '../../conformance/kgateway/flattened-yaml.ts'
import type { Keycloak } from './keycloak-server.ts'

/**
 * The two manifests of kgateway's page "Basic JWT policy" that have keys fetched from Keycloak. The page is kept by
 * others; where it is at hand (SALLYPORT_CONFORMANCE names the folder beside it) they are read out of it.
 */
export function keycloakManifests({ host, port, url }: Keycloak): object[] {
  const suites = process.env['SALLYPORT_CONFORMANCE']
  if (suites === undefined) return written(host, port, url)
  const seeds = join(suites, '../seeds')
  const page = readFileSync(join(seeds, readdirSync(seeds).find((name) => name.startsWith('002'))!), 'utf8')
  const variables = { HOST_KEYCLOAK: host, PORT_KEYCLOAK: String(port), KEYCLOAK_URL: url }
  return appliedDocuments(page, variables).filter((each) => JSON.stringify(each).includes('"keycloak"'))
}

function written(host: string, port: number, url: string): object[] {
  const object = (kind: string, name: string, spec: object) => ({
    ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind, metadata: { name, namespace: 'kgateway-system' } },
    spec,
  })
  const remote = {
    url: `${url}/realms/master/protocol/openid-connect/certs`,
    backendRef: { name: 'keycloak', kind: 'Backend', group: 'gateway.kgateway.dev' },
    cacheDuration: '10m',
  }
  return [
    object('Backend', 'keycloak', { type: 'Static', static: { hosts: [{ host, port }] } }),
    object('GatewayExtension', 'selfminted-jwt', {
      jwt: { providers: [{ name: 'keycloak', issuer: `${url}/realms/master`, jwks: { remote } }] },
    }),
  ]
}

/** How Keycloak's certificate is believed: by the authority that made it, of which nobody else has heard. */
export function trustManifests({ host, authority }: Keycloak): object[] {
  const metadata = { name: 'keycloak', namespace: 'kgateway-system' }
  const ref = { group: 'gateway.kgateway.dev', kind: 'Backend', name: 'keycloak' }
  return [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { 'ca.crt': authority } },
    {
      ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'BackendTLSPolicy', metadata },
      spec: {
        targetRefs: [ref],
        validation: { hostname: host, caCertificateRefs: [{ group: '', kind: 'ConfigMap', name: 'keycloak' }] },
      },
    },
  ]
}

/** The page's TrafficPolicy: who comes by the Gateway needs a token. */
export const guard = {
  apiVersion: 'gateway.kgateway.dev/v1alpha1',
  kind: 'TrafficPolicy',
  metadata: { name: 'jwt', namespace: 'kgateway-system' },
  spec: {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'http' }],
    jwtAuth: { extensionRef: { name: 'selfminted-jwt' } },
  },
}
