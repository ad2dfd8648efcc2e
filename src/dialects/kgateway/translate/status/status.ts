import type { Condition } from '../condition.ts'

/** What is said of one object, as it would stand in its `status`, but for times and generations. */
export type Status =
  | { readonly kind: 'GatewayClass'; readonly name: string; readonly conditions: readonly Condition[] }
  | {
      readonly kind: 'Gateway' | 'ListenerSet'
      readonly namespace: string
      readonly name: string
      readonly conditions: readonly Condition[]
      readonly listeners: readonly ListenerStatus[]
    }
  | {
      readonly kind: 'HTTPRoute' | 'GRPCRoute'
      readonly namespace: string
      readonly name: string
      readonly parents: readonly ParentStatus[]
    }
  | {
      readonly kind: 'TrafficPolicy'
      readonly namespace: string
      readonly name: string
      readonly ancestors: readonly AncestorStatus[]
    }
  | {
      readonly kind: 'Backend' | 'GatewayExtension'
      readonly namespace: string
      readonly name: string
      readonly conditions: readonly Condition[]
    }

export interface ListenerStatus {
  readonly name: string
  readonly supportedKinds: readonly { readonly group: string; readonly kind: string }[]
  readonly attachedRoutes: number
  readonly conditions: readonly Condition[]
}
export interface ParentStatus {
  /** As the route's spec has it. */
  readonly parentRef: Readonly<Record<string, unknown>>
  readonly conditions: readonly Condition[]
}
export interface AncestorStatus {
  readonly ancestorRef: {
    readonly group: string
    readonly kind: string
    readonly namespace: string
    readonly name: string
  }
  readonly conditions: readonly Condition[]
}
