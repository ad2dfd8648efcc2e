/**
 * Resources of one moment, translated whole: records of the model, and what is to be said of every object. Pure: the
 * same resources give the same translation, so only what differs from the last one is ever applied or written.
 *
 * The order is that of the Gateway API: Gateways and their listeners; routes, each on the listeners it asked for; on
 * every route the policies of its Gateway, its listener, itself and its rule.
 */
import type { Change } from '../../../model/model.ts'
import type { Resource } from '../resources/resource.ts'
import type { Resources } from '../resources/resources.ts'
import type { ResourceStatus } from '../resources/status.ts'
import { type ParentView, parentsOf, type Route } from './attach-routes.ts'
import { Attachments, type RefusedPolicy } from './attachments.ts'
import { Backends } from './backends.ts'
import { fails, holds } from './condition.ts'
import { extensionProblem } from './extension-problem.ts'
import { Extensions } from './extensions.ts'
import { catchAll, nothingElse } from './fallback-routes.ts'
import { governed, keptFromWider } from './governing.ts'
import { Grants } from './grants.ts'
import { listenerKey } from './listener-names.ts'
import { isServed, type ListenerView, listenerSetsOf, listenersOf, ownGateways } from './listeners.ts'
import { CONTROLLER } from './names.ts'
import { Output } from './output.ts'
import { translateRules } from './route-rules.ts'
import { backendRefsOf } from './rule.ts'
import { unresolvedOf } from './rule-backends.ts'
import type { Scene } from './scene.ts'
import { mergedScope, type Scope } from './scope.ts'
import type { Settings } from './settings.ts'
import { BackendTlsOutcomes } from './status/backend-tls-status.ts'
import { gatewayStatus, listenerSetStatuses } from './status/gateway-status.ts'
import { PolicyOutcomes } from './status/policy-status.ts'
import { routeStatus, type TranslatedParent } from './status/route-status.ts'
import { TrafficPolicies } from './traffic-policy.ts'

export interface Translation {
  readonly changes: readonly Change[]
  readonly statuses: readonly ResourceStatus[]
}

/** What the policies on a listener and its Gateway come to. */
interface Ground {
  readonly scopes: readonly Scope[]
  /** Why it answers 500 to everything. */
  readonly replaced: readonly string[]
}

/** @param refused objects that can't be taken: a policy among them closes what it was to guard. */
export function translate(
  resources: Resources,
  settings: Settings,
  refused: readonly RefusedPolicy[] = [],
): Translation {
  const output = new Output(settings.problemOf)
  const grants = new Grants(resources, settings.referenceGrants !== 'off')
  const extensions = new Extensions(resources, grants, settings)
  const backends = new Backends(resources, grants, output, settings.withoutSlices)
  const scene: Scene = { resources, grants, backends, extensions, output, settings }
  const policies = new TrafficPolicies(scene)
  const attachments = new Attachments(scene, policies, refused)
  const outcomes = new PolicyOutcomes()
  const tls = new BackendTlsOutcomes(scene)

  const gateways = ownGateways(resources, settings.ownClasses)
  const listeners = gateways.flatMap((gateway) => listenersOf(resources, grants, gateway, settings.sockets))
  const wides = new Map(gateways.map((gateway) => [gateway, mergedScope(attachments.of(gateway, null))]))
  for (const [gateway, wide] of wides) {
    outcomes.note(gateway, wide)
    // Listeners that hang on it by ListenerSets stand under its policies too.
    for (const { set, isTaken } of listenerSetsOf(resources, gateway)) if (isTaken) outcomes.note(set, wide)
  }
  const grounds = new Map(
    listeners
      .filter(isServed)
      .map((listener) => [listener, groundOf(listener, attachments, outcomes, wides.get(listener.gateway)!)]),
  )
  serveListeners(scene, grounds)
  const statuses: ResourceStatus[] = classStatuses(resources)
  for (const route of [...resources.all('HTTPRoute'), ...resources.all('GRPCRoute')]) {
    const parents = parentsOf(resources, route, listeners)
    if (parents.length === 0) continue
    for (const { listener } of parents.flatMap((parent) => parent.attachments)) {
      listener.attachedRoutes++
      for (const ref of backendRefsOf(route)) tls.note(listener.gateway, ref, route.metadata.namespace)
    }
    const translated = parents.map((parent) =>
      translateParent(scene, policies, attachments, outcomes, grounds, route, parent),
    )
    statuses.push(routeStatus(route, translated))
  }

  for (const [gateway, wide] of wides) {
    const own = listeners.filter((each) => each.gateway === gateway)
    const sets = listenerSetStatuses(resources, gateway, own)
    statuses.push(gatewayStatus(gateway, own, sets, wide.errors), ...sets)
  }
  for (const policy of resources.all('TrafficPolicy')) statuses.push(outcomes.status(policies.view(policy)))
  for (const policy of resources.all('BackendTLSPolicy')) statuses.push(tls.status(policy))
  for (const extension of resources.all('GatewayExtension')) statuses.push(extensionStatus(scene, extension))
  for (const backend of resources.all('Backend')) statuses.push(backendStatus(backend))
  return { changes: output.changes, statuses }
}

/** What listeners answer with whatever the routes: their certificates, and where nothing of them may be reached. */
function serveListeners(scene: Scene, grounds: ReadonlyMap<ListenerView, Ground>): void {
  for (const [{ owner, spec, socket, hostname, certificates }, { replaced }] of grounds) {
    for (const certificate of certificates) scene.output.certificate(certificate)
    if (replaced.length > 0) catchAll(scene, `replaced/${socket}/${listenerKey(owner, spec)}`, socket, hostname)
  }
  for (const { owner, spec, socket, hostname } of keptFromWider([...grounds.keys()])) {
    nothingElse(scene, `nothing-else/${socket}/${listenerKey(owner, spec)}`, socket, hostname)
  }
}

/** A route on every listener of one of its parents that takes it. */
function translateParent(
  scene: Scene,
  policies: TrafficPolicies,
  attachments: Attachments,
  outcomes: PolicyOutcomes,
  grounds: ReadonlyMap<ListenerView, Ground>,
  route: Route,
  parent: ParentView,
): TranslatedParent {
  const ofServed = parent.attachments.filter(({ listener }) => grounds.has(listener))
  const rules = ofServed
    .flatMap((attachment) => governed(attachment, [...grounds.keys()]))
    .filter(({ by }) => grounds.get(by)!.replaced.length === 0)
    .map(({ attachment, by }) => {
      const view = translateRules(scene, policies, route, attachment, {
        by,
        wider: grounds.get(by)!.scopes,
        ofRoute: (section) => attachments.of(route, section),
      })
      for (const scope of view.scopes) outcomes.note(attachment.listener.owner, scope)
      return view
    })
  const unresolved = ofServed.length === parent.attachments.length ? [] : unresolvedOf(scene, route)
  return { parent, rules, unresolved }
}

/**
 * On plain HTTP a port has one route configuration, in which a listener is a virtual host: its policies stand beside
 * the Gateway's. An HTTPS listener has a route configuration of its own, where both are merged into one.
 */
function groundOf(listener: ListenerView, attachments: Attachments, outcomes: PolicyOutcomes, wide: Scope): Ground {
  const { gateway, owner, spec } = listener
  const ofOwner = owner.kind === 'ListenerSet' ? attachments.of(owner, null) : []
  const own = [...attachments.of(owner, spec.name), ...ofOwner]
  const isMerged = spec.protocol === 'HTTPS'
  const narrow = mergedScope(isMerged ? [...own, ...attachments.of(gateway, null)] : own)
  outcomes.note(owner, narrow)
  replaceListener(listener, mergedScope(own).errors)
  return isMerged
    ? { scopes: [narrow], replaced: narrow.errors }
    : { scopes: [wide, narrow], replaced: [...wide.errors, ...narrow.errors] }
}

/** Said of the listener only; that it answers at all stands in `Ground`. */
function replaceListener({ found }: ListenerView, errors: readonly string[]): void {
  if (errors.length > 0) found.push(fails('Accepted', 'ListenerReplaced', errors.join('; ')))
}

function classStatuses(resources: Resources): ResourceStatus[] {
  return resources
    .all('GatewayClass')
    .filter(({ spec }) => spec.controllerName === CONTROLLER)
    .map(({ metadata }) => ({
      kind: 'GatewayClass',
      namespace: '',
      name: metadata.name,
      observedGeneration: metadata.generation,
      conditions: [holds('Accepted', 'Accepted', 'GatewayClass accepted by kgateway controller')],
    }))
}

/** kgateway's documentation promises a condition here that kgateway never writes; we do. */
function extensionStatus(scene: Scene, extension: Resource<'GatewayExtension'>): ResourceStatus {
  const { namespace, name, generation } = extension.metadata
  const problem = extensionProblem(scene, extension)
  const condition =
    problem === null
      ? holds('Accepted', 'Accepted', 'GatewayExtension accepted')
      : fails('Accepted', 'Invalid', problem)
  return { kind: 'GatewayExtension', namespace, name, observedGeneration: generation, conditions: [condition] }
}

function backendStatus({ metadata, spec }: Resource<'Backend'>): ResourceStatus {
  const { namespace, name, generation } = metadata
  const condition =
    spec.static === undefined
      ? fails('Accepted', 'Invalid', 'Backend error: "only static backends are served"')
      : holds('Accepted', 'Accepted', 'Backend accepted')
  return { kind: 'Backend', namespace, name, observedGeneration: generation, conditions: [condition] }
}
