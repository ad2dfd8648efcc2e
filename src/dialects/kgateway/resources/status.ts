import type { Kind } from './kinds.ts'

/** One thing that is or is not so of a resource. Whoever writes it down adds since when. */
export interface Condition {
  readonly type: string
  readonly status: 'True' | 'False' | 'Unknown'
  /** One word: `^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$`. */
  readonly reason: string
  readonly message: string
}

/** What one controller says of a route at one of its parents. */
export interface ParentStatus {
  /** As the route's spec has it. */
  readonly parentRef: ObjectReference
  readonly controllerName: string
  readonly conditions: readonly Condition[]
}

/** What one controller says of a policy at one of the Gateways that it reaches. */
export interface AncestorStatus {
  readonly ancestorRef: ObjectReference
  readonly controllerName: string
  readonly conditions: readonly Condition[]
}

export interface ObjectReference {
  readonly group?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name: string
  readonly sectionName?: string
  readonly port?: number
}

export interface ListenerStatus {
  readonly name: string
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[]
  readonly attachedRoutes: number
  readonly conditions: readonly Condition[]
}

/** What is to be shown as the status of one resource; members that its kind does not have stay away. */
export interface ResourceStatus {
  readonly kind: Kind
  /** Empty for kinds that stand in no namespace. */
  readonly namespace: string
  readonly name: string
  /** The generation that was looked at. */
  readonly observedGeneration: number
  /** GatewayClass, Gateway, ListenerSet, Backend, GatewayExtension. */
  readonly conditions?: readonly Condition[]
  /** Gateway, ListenerSet. */
  readonly listeners?: readonly ListenerStatus[]
  /** Gateway: where it can be reached. */
  readonly addresses?: readonly { readonly type: string; readonly value: string }[]
  /** Gateway: how many ListenerSets it took listeners from. */
  readonly attachedListenerSets?: number
  /** Routes: what is said by us; what other controllers say is kept by whoever writes this down. */
  readonly parents?: readonly ParentStatus[]
  /** Policies, likewise. */
  readonly ancestors?: readonly AncestorStatus[]
}
