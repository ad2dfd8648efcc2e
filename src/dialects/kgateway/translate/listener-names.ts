import type { Resource } from '../resources/resource.ts'

export type ListenerOwner = Resource<'Gateway'> | Resource<'ListenerSet'>
export type ListenerSpec = Resource<'Gateway'>['spec']['listeners'][number]

/** The name by which `--listener` speaks of a listener. */
export function listenerName(owner: ListenerOwner, spec: Pick<ListenerSpec, 'name'>): string {
  return `${owner.metadata.namespace}/${owner.metadata.name}/${spec.name}`
}

/** A key that no other listener has: a ListenerSet may be named like its Gateway. */
export function listenerKey(owner: ListenerOwner, spec: Pick<ListenerSpec, 'name'>): string {
  return owner.kind === 'Gateway' ? listenerName(owner, spec) : `${owner.kind}/${listenerName(owner, spec)}`
}

/** In lower case; null stands for every host. */
export function hostnameOf({ hostname = '' }: ListenerSpec): string | null {
  return hostname === '' ? null : hostname.toLowerCase()
}
