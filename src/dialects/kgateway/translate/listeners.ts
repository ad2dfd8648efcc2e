import type { CertificateSpec } from '../../../model/model.ts'
import { olderFirst, type Resource } from '../resources/resource.ts'
import type { Resources } from '../resources/resources.ts'
import { type Condition, fails, holds } from './condition.ts'
import type { Grants } from './grants.ts'
import { selects } from './label-selector.ts'
import { listenerCertificates } from './listener-certificates.ts'
import { hostnameOf, type ListenerOwner, type ListenerSpec, listenerName } from './listener-names.ts'
import { CONTROLLER, GATEWAY_API } from './names.ts'

/** One listener of a Gateway of ours, or of a ListenerSet that hangs on one. */
export interface ListenerView {
  readonly gateway: Resource<'Gateway'>
  /** Whose listener it is. */
  readonly owner: ListenerOwner
  readonly spec: ListenerSpec
  readonly hostname: string | null
  /** The name of the socket that requests to it come in by. */
  readonly socket: string
  /** Kinds of routes that it takes. */
  readonly kinds: readonly string[]
  /** What was found wrong with it. */
  readonly found: Condition[]
  readonly certificates: readonly CertificateSpec[]
  attachedRoutes: number
}

/** Whether requests that come in by it are served. */
export function isServed(listener: ListenerView): boolean {
  return !listener.found.some(({ type, status }) => type === 'Accepted' && status === 'False')
}

const HTTP_KINDS = ['HTTPRoute', 'GRPCRoute'] as const

/** Gateways whose class is kgateway's. */
export function ownGateways(resources: Resources, ownClasses: readonly string[]): readonly Resource<'Gateway'>[] {
  return resources.all('Gateway').filter(({ spec }) => {
    const declared = resources.get('GatewayClass', '', spec.gatewayClassName)
    return declared === undefined
      ? ownClasses.includes(spec.gatewayClassName)
      : declared.spec.controllerName === CONTROLLER
  })
}

/** ListenerSets whose Gateway takes listeners from their namespace; the others with the reason why not. */
export function listenerSetsOf(
  resources: Resources,
  gateway: Resource<'Gateway'>,
): readonly { readonly set: Resource<'ListenerSet'>; readonly isTaken: boolean }[] {
  const sets = resources.all('ListenerSet').filter(({ spec, metadata }) => {
    const { kind, name, namespace = metadata.namespace } = spec.parentRef
    return kind === 'Gateway' && name === gateway.metadata.name && namespace === gateway.metadata.namespace
  })
  return sets
    .sort(olderFirst)
    .map((set) => ({ set, isTaken: takesListenersFrom(resources, gateway, set.metadata.namespace) }))
}

function takesListenersFrom(resources: Resources, gateway: Resource<'Gateway'>, namespace: string): boolean {
  const { from, selector } = gateway.spec.allowedListeners?.namespaces ?? { from: 'None' as const }
  switch (from) {
    case 'None':
      return false
    case 'All':
      return true
    case 'Same':
      return namespace === gateway.metadata.namespace
    case 'Selector':
      return selector !== undefined && selects(selector, resources.namespaceLabels(namespace))
  }
}

/** @param sockets the operator's own sockets, by the listener's name. */
export function listenersOf(
  resources: Resources,
  grants: Grants,
  gateway: Resource<'Gateway'>,
  sockets: ReadonlyMap<string, string>,
): readonly ListenerView[] {
  const taken = listenerSetsOf(resources, gateway).filter(({ isTaken }) => isTaken)
  const owners = [gateway, ...taken.map(({ set }) => set)]
  const views = owners.flatMap((owner) =>
    owner.spec.listeners.map((spec) => viewOf(resources, grants, gateway, owner, spec, sockets)),
  )
  // What is said of one type first is what stands.
  for (const view of views) view.found.unshift(...conflictsOf(view, views))
  return views
}

function viewOf(
  resources: Resources,
  grants: Grants,
  gateway: Resource<'Gateway'>,
  owner: ListenerOwner,
  spec: ListenerSpec,
  sockets: ReadonlyMap<string, string>,
): ListenerView {
  const found: Condition[] = []
  const secure = spec.protocol === 'HTTPS'
  const isSpoken = secure || spec.protocol === 'HTTP'
  if (!isSpoken) {
    found.push(fails('Accepted', 'UnsupportedProtocol', `Protocol ${spec.protocol} is unsupported.`))
    found.push(fails('Programmed', 'Invalid', `Protocol ${spec.protocol} is unsupported.`))
  }
  const asked = spec.allowedRoutes.kinds
  const kinds = (asked ?? HTTP_KINDS.map((kind) => ({ group: GATEWAY_API, kind }))).filter(
    ({ group, kind }) => isSpoken && group === GATEWAY_API && HTTP_KINDS.some((each) => each === kind),
  )
  if (isSpoken && asked !== undefined && kinds.length < asked.length) {
    const wrong = asked.filter((each) => !kinds.includes(each)).map(({ kind }) => kind)
    const message = `Found invalid route kinds: [${wrong.join(' ')}]`
    found.push(fails('ResolvedRefs', 'InvalidRouteKinds', message))
  }
  const socket = sockets.get(listenerName(owner, spec)) ?? (secure ? 'https' : 'http')
  const certificates = secure ? listenerCertificates(resources, grants, owner, spec, socket, found) : []
  if (secure && asksForClientCertificate(gateway, spec.port)) {
    const message = 'Client certificates are not asked for yet: frontend validation is not served.'
    found.push(fails('Accepted', 'Invalid', message), fails('Programmed', 'Invalid', message))
  }
  return {
    gateway,
    owner,
    spec,
    hostname: hostnameOf(spec),
    socket,
    kinds: kinds.map(({ kind }) => kind),
    found,
    certificates,
    attachedRoutes: 0,
  }
}

/** To let everybody in where only holders of certificates may come would open the door: such listeners stay closed. */
function asksForClientCertificate(gateway: Resource<'Gateway'>, port: number): boolean {
  const frontend = gateway.spec.tls?.frontend
  if (frontend === undefined) return false
  const own = frontend.perPort?.find((each) => each.port === port)
  return (own === undefined ? frontend.default : own.tls).validation !== undefined
}

function conflictsOf(view: ListenerView, all: readonly ListenerView[]): readonly Condition[] {
  // What is out already stands in nobody's way.
  const before = all.slice(0, all.indexOf(view)).filter(({ found }) => !found.some(({ type }) => type === 'Conflicted'))
  const samePort = all.filter((other) => other !== view && other.spec.port === view.spec.port)
  const conflict = (reason: string, message: string): Condition[] => [
    holds('Conflicted', reason, message),
    fails('Accepted', reason, message),
    fails('Programmed', reason, message),
  ]
  // A listener of the Gateway itself goes before those that others add, an older set before a younger one.
  const set = view.owner.kind === 'ListenerSet'
  const rivals = samePort.filter((other) => (set ? before.includes(other) : other.owner === view.owner))
  if (rivals.some((other) => other.spec.protocol !== view.spec.protocol)) {
    return conflict(
      'ProtocolConflict',
      'Found conflicting protocols on listeners, a single port can only contain listeners with compatible protocols',
    )
  }
  const sameHost = (other: ListenerView) => other.hostname === view.hostname
  if (rivals.some(sameHost)) {
    return conflict(
      'HostnameConflict',
      'Found conflicting hostnames on listeners, all listeners on a single port must have unique hostnames',
    )
  }
  return []
}
