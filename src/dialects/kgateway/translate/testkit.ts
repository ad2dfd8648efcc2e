import type { Change, PolicyUse, RouteSpec } from '../../../model/model.ts'
import { readManifestText } from '../files/read-manifests.ts'
import type { Kind } from '../resources/kinds.ts'
import type { ResourceStatus } from '../resources/status.ts'
import { DEFAULT_SETTINGS, type Settings } from './settings.ts'
import { translate } from './translate.ts'

/** What manifests come to, in the words of a test. */
export interface Translated {
  readonly routes: readonly RouteSpec[]
  /** Of the route whose id starts so, on its first backend: `POLICY` or, of filters that are named, `POLICY:NAME`. */
  chain(idStart: string): string[]
  use(id: string): PolicyUse
  /** `Accepted=True Valid: Policy accepted`, of the first parent, ancestor or object itself. */
  conditions(kind: Kind, name: string): string[]
  status(kind: Kind, name: string): ResourceStatus
}

export function translated(manifests: readonly object[], settings: Partial<Settings> = {}): Translated {
  const text = manifests.map((each) => JSON.stringify(each)).join('\n---\n')
  const read = readManifestText(text, 'test.yaml')
  const { changes, statuses } = translate(read.resources, { ...DEFAULT_SETTINGS, ...settings }, read.refused)
  const values = <K extends Change['kind']>(kind: K) =>
    changes
      .filter((change) => change.op === 'put' && change.kind === kind)
      .map((change) => (change as { value: unknown }).value)
  const routes = values('route') as RouteSpec[]
  const uses = new Map((values('use') as PolicyUse[]).map((use) => [use.id, use]))
  const status = (kind: Kind, name: string): ResourceStatus => {
    const found = statuses.find((each) => each.kind === kind && each.name === name)
    if (found === undefined) throw new Error(`no status of ${kind} ${name}`)
    return found
  }
  return {
    routes,
    status,
    use(id) {
      const use = uses.get(id)
      if (use === undefined) throw new Error(`no use ${id}: ${[...uses.keys()].join(', ')}`)
      return use
    },
    chain(idStart) {
      const route = routes.find(({ id }) => id.startsWith(idStart))
      if (route === undefined) throw new Error(`no route ${idStart}: ${routes.map(({ id }) => id).join(', ')}`)
      const ids = [...(route.uses ?? []), ...(route.backends?.[0]?.uses ?? [])]
      return ids.map((id) => (id.startsWith('jwt/') ? id : (uses.get(id)?.policy ?? `missing ${id}`)))
    },
    conditions(kind, name) {
      const { parents, ancestors, conditions: own } = status(kind, name)
      const conditions = own ?? (parents ?? ancestors)?.[0]?.conditions ?? []
      return conditions.map(({ type, status: is, reason, message }) => `${type}=${is} ${reason}: ${message}`)
    },
  }
}

const object = (apiVersion: string, kind: string, name: string, spec: object, metadata: object = {}) => ({
  ...{ apiVersion, kind, metadata: { name, namespace: 'default', ...metadata }, spec },
})
const GATEWAY_API = 'gateway.networking.k8s.io/v1'
const KGATEWAY = 'gateway.kgateway.dev/v1alpha1'

export const gateway = (more: object = {}, metadata: object = {}): object =>
  object(
    GATEWAY_API,
    'Gateway',
    'gw',
    { gatewayClassName: 'kgateway', listeners: [{ name: 'http', port: 80, protocol: 'HTTP' }], ...more },
    metadata,
  )

export const httpRoute = (name: string, more: object = {}, metadata: object = {}): object =>
  object(
    GATEWAY_API,
    'HTTPRoute',
    name,
    { parentRefs: [{ name: 'gw' }], rules: [{ backendRefs: [{ name: 'svc', port: 80 }] }], ...more },
    metadata,
  )

export const service = (name = 'svc', namespace = 'default'): object =>
  object('v1', 'Service', name, { ports: [{ port: 80 }] }, { namespace })

export const trafficPolicy = (name: string, target: object | null, spec: object, metadata: object = {}): object =>
  object(
    KGATEWAY,
    'TrafficPolicy',
    name,
    { ...(target !== null && { targetRefs: [{ group: 'gateway.networking.k8s.io', ...target }] }), ...spec },
    metadata,
  )

export const onGateway = (sectionName?: string): object => ({
  kind: 'Gateway',
  name: 'gw',
  ...(sectionName && { sectionName }),
})
export const onRoute = (name: string, sectionName?: string): object => ({
  ...{ kind: 'HTTPRoute', name, ...(sectionName && { sectionName }) },
})

export const jwtExtension = (name: string, metadata: object = {}): object =>
  object(
    KGATEWAY,
    'GatewayExtension',
    name,
    { jwt: { providers: [{ name: 'p', jwks: { local: { inline: KEYS } } }] } },
    metadata,
  )

export const KEYS = '{"keys":[{"kty":"oct","alg":"HS256","k":"c2VjcmV0LW9mLXNvbWUtbGVuZ3RoLXRoYXQtaXMtZ29vZA"}]}'

export const rbac = (expression: string): object => ({ rbac: { policy: { matchExpressions: [expression] } } })
export const jwt = (name: string): object => ({ jwtAuth: { extensionRef: { name } } })
export const grant = (from: object, to: object, namespace: string): object =>
  object('gateway.networking.k8s.io/v1beta1', 'ReferenceGrant', 'grant', { from: [from], to: [to] }, { namespace })
