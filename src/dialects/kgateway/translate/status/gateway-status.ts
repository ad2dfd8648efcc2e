import { isIP } from 'node:net'
import type { Resource } from '../../resources/resource.ts'
import type { Resources } from '../../resources/resources.ts'
import type { ListenerStatus, ResourceStatus } from '../../resources/status.ts'
import { type Condition, conditionsOf, fails, holds } from '../condition.ts'
import { isServed, type ListenerView, listenerSetsOf } from '../listeners.ts'
import { GATEWAY_API, KGATEWAY } from '../names.ts'

const LISTENER: readonly Condition[] = [
  holds('Accepted', 'Accepted', 'Successfully accepted Listener'),
  fails('Conflicted', 'NoConflicts', 'Successfully verified that Listener has no conflicts'),
  holds('ResolvedRefs', 'ResolvedRefs', 'Successfully resolved all references'),
  holds('Programmed', 'Programmed', 'Successfully programmed Listener'),
]

function listenerStatus(view: ListenerView): ListenerStatus {
  return {
    name: view.spec.name,
    supportedKinds: view.kinds.map((kind) => ({ group: GATEWAY_API, kind })),
    attachedRoutes: view.attachedRoutes,
    conditions: conditionsOf(view.found, LISTENER),
  }
}

/**
 * @param sets statuses of the ListenerSets that hang on it.
 * @param replaced why all of it answers 500; empty when it does not.
 */
export function gatewayStatus(
  gateway: Resource<'Gateway'>,
  listeners: readonly ListenerView[],
  sets: readonly ResourceStatus[],
  replaced: readonly string[],
): ResourceStatus {
  const own = listeners.filter(({ owner }) => owner === gateway)
  const found: Condition[] = []
  if (replaced.length > 0) found.push(fails('Accepted', 'GatewayReplaced', replaced.join('; ')))
  const parameters = gateway.spec.infrastructure?.parametersRef
  if (parameters !== undefined && !(parameters.group === KGATEWAY && parameters.kind === 'GatewayParameters')) {
    const message = `${parameters.group}/${parameters.kind} holds no parameters of Gateways`
    found.push(fails('Accepted', 'InvalidParameters', message))
  }
  found.push(...overall(own))
  const addresses = addressesOf(own)
  return {
    kind: 'Gateway',
    ...named(gateway),
    ...(addresses.length > 0 && { addresses }),
    attachedListenerSets: sets.filter(({ conditions = [] }) => conditions.some(isAccepted)).length,
    conditions: conditionsOf(found, [
      holds('Accepted', 'Accepted', 'Successfully accepted Gateway'),
      holds('Programmed', 'Programmed', 'Successfully programmed Gateway'),
      holds('ResolvedRefs', 'ResolvedRefs', 'Successfully resolved all Gateway references'),
    ]),
    listeners: own.map(listenerStatus),
  }
}

const isAccepted = ({ type, status }: Condition): boolean => type === 'Accepted' && status === 'True'

/** Where listeners with an address of their own are reached; where the others are, the operator alone knows. */
function addressesOf(listeners: readonly ListenerView[]): { readonly type: string; readonly value: string }[] {
  const hosts = listeners
    .map(({ socket }) => /^https?:\/\/(.+):\d+/.exec(socket)?.[1])
    .filter((host) => host !== undefined && host !== '0.0.0.0' && host !== '::')
  return [...new Set(hosts)].map((value) => ({ type: isIP(value!) === 0 ? 'Hostname' : 'IPAddress', value: value! }))
}

/** ListenerSets that hang on the Gateway. */
export function listenerSetStatuses(
  resources: Resources,
  gateway: Resource<'Gateway'>,
  listeners: readonly ListenerView[],
): readonly ResourceStatus[] {
  return listenerSetsOf(resources, gateway).map(({ set, isTaken }): ResourceStatus => {
    const own = listeners.filter(({ owner }) => owner === set)
    const refusal = 'Unable to attach to parent, gateway has not enabled allowedListeners'
    const found = isTaken
      ? overall(own)
      : [fails('Accepted', 'NotAllowed', refusal), fails('Programmed', 'NotAllowed', refusal)]
    return {
      kind: 'ListenerSet',
      ...named(set),
      conditions: conditionsOf(found, [
        holds('Accepted', 'Accepted', 'Successfully accepted ListenerSet'),
        holds('Programmed', 'Programmed', 'Successfully programmed ListenerSet'),
      ]),
      listeners: own.map(listenerStatus),
    }
  })
}

/** What its listeners' conditions come to for the object that has them. */
function overall(listeners: readonly ListenerView[]): Condition[] {
  const found: Condition[] = []
  const bad = listeners.filter((view) => !isServed(view))
  // Certificates may come any moment: a listener of a Gateway that waits for its own is none of the invalid ones.
  const isSet = listeners[0]?.owner.kind === 'ListenerSet'
  const invalid = bad.filter((view) => isSet || !view.found.some(({ type }) => type === 'ResolvedRefs'))
  if (invalid.length > 0 && invalid.length === listeners.length) {
    found.push(fails('Accepted', 'ListenersNotValid', 'No valid listeners'))
    found.push(fails('Programmed', isSet ? 'ListenersNotValid' : 'Invalid', 'No valid listeners'))
  } else if (bad.length > 0) {
    const messages = bad.map(({ spec, found: own }) => {
      const message = own.find(({ type }) => type === 'Programmed')?.message ?? ''
      return message === '' ? spec.name : `${spec.name}: ${message}`
    })
    const message = `Some listeners are not programmed: ${messages.join('; ')}`
    found.push(holds('Accepted', 'ListenersNotValid', message))
  }
  if (listeners.some(({ found: own }) => own.some(({ type }) => type === 'ResolvedRefs'))) {
    found.push(fails('ResolvedRefs', 'ListenersNotResolved', 'One or more listeners have unresolved references'))
  }
  return found
}

function named({ metadata: { namespace, name, generation } }: Resource<'Gateway'> | Resource<'ListenerSet'>) {
  return { namespace, name, observedGeneration: generation }
}
