import type { Resource } from '../resources/resource.ts'
import type { Resources } from '../resources/resources.ts'
import { type Condition, fails } from './condition.ts'
import { commonHosts } from './hostnames.ts'
import { selects } from './label-selector.ts'
import type { ListenerView } from './listeners.ts'
import { GATEWAY_API } from './names.ts'

export type Route = Resource<'HTTPRoute'> | Resource<'GRPCRoute'>
export type ParentRef = NonNullable<Route['spec']['parentRefs']>[number]

/** A route on one of the listeners it asked for. */
export interface Attachment {
  readonly listener: ListenerView
  /** Null stands for all hosts. */
  readonly hosts: readonly (string | null)[]
}

/** What came of one of a route's parentRefs. */
export interface ParentView {
  readonly ref: ParentRef
  readonly attachments: readonly Attachment[]
  readonly found: Condition[]
}

/** Every parent of a route that is a Gateway of ours, or a ListenerSet on one. */
export function parentsOf(resources: Resources, route: Route, listeners: readonly ListenerView[]): ParentView[] {
  const views: ParentView[] = []
  for (const ref of route.spec.parentRefs ?? []) {
    const namespace = ref.namespace ?? route.metadata.namespace
    const named = listeners.filter(({ gateway, owner }) => {
      const parent = ref.kind === 'ListenerSet' ? owner : gateway
      const isParent = parent.kind === ref.kind && ref.group === GATEWAY_API
      return isParent && parent.metadata.name === ref.name && parent.metadata.namespace === namespace
    })
    if (named.length === 0) continue
    // A Gateway's own listeners only: those of a ListenerSet are asked for by its name.
    const own = ref.kind === 'Gateway' ? named.filter(({ owner }) => owner.kind === 'Gateway') : named
    views.push(attached(resources, route, ref, own))
  }
  return views
}

function attached(resources: Resources, route: Route, ref: ParentRef, listeners: readonly ListenerView[]): ParentView {
  const refused = (reason: string): ParentView => ({ ref, attachments: [], found: [fails('Accepted', reason, '')] })
  const wanted = listeners.filter(
    ({ spec }) =>
      (ref.sectionName === undefined || ref.sectionName === '' || spec.name === ref.sectionName) &&
      (ref.port === undefined || spec.port === ref.port),
  )
  if (wanted.length === 0) return refused('NoMatchingParent')
  const open = wanted.filter((listener) => takes(resources, listener, route))
  if (open.length === 0) return refused('NotAllowedByListeners')
  const attachments = open
    .map((listener) => ({ listener, hosts: commonHosts(listener.hostname, lowerCase(route.spec.hostnames)) }))
    .filter(({ hosts }) => hosts.length > 0)
  if (attachments.length === 0) return refused('NoMatchingListenerHostname')
  return { ref, attachments, found: [] }
}

function takes(resources: Resources, { kinds, spec, owner }: ListenerView, route: Route): boolean {
  if (!kinds.includes(route.kind)) return false
  const { from, selector } = spec.allowedRoutes.namespaces
  switch (from) {
    case 'All':
      return true
    case 'Same':
      return route.metadata.namespace === owner.metadata.namespace
    case 'Selector':
      return selector !== undefined && selects(selector, resources.namespaceLabels(route.metadata.namespace))
  }
}

const lowerCase = (hosts: readonly string[] | undefined): readonly string[] =>
  (hosts ?? []).map((host) => host.toLowerCase())
