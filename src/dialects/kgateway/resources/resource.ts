import type { Body, Kind } from './kinds.ts'

/** Where a resource was read. */
export interface Place {
  /** The file as the user named it, or where else it comes from. */
  readonly source: string
  /** 1-based; null where there are no lines. */
  readonly line: number | null
}

export interface Metadata {
  readonly name: string
  /** Empty for kinds that stand in no namespace. */
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** 1 at first, and one more whenever the spec changes. */
  readonly generation: number
  /** RFC 3339; null where nobody has said, and then `order` alone decides who is older. */
  readonly creationTimestamp: string | null
  /** Counts resources in the order they were first read: the lower one is the older, if their timestamps don't say. */
  readonly order: number
}

/** An object of one kind as an API server would keep it: pruned, defaulted, valid. */
export type Resource<K extends Kind = Kind> = K extends Kind
  ? {
      readonly kind: K
      readonly apiVersion: string
      readonly metadata: Metadata
      readonly place: Place
    } & Body<K>
  : never

/** What tells two resources apart: `TrafficPolicy/default/jwt`. */
export const resourceId = (kind: string, namespace: string, name: string): string => `${kind}/${namespace}/${name}`

/** Orders resources as Kubernetes breaks ties: the older first. What says no time was created when it was read. */
export function olderFirst(a: Resource, b: Resource): number {
  const [one, other] = [a.metadata, b.metadata]
  const apart = createdAt(one) - createdAt(other)
  if (apart !== 0) return apart < 0 ? -1 : 1
  if (one.creationTimestamp === null) return one.order - other.order
  return textOrder(`${one.namespace}/${one.name}`, `${other.namespace}/${other.name}`)
}

/** Later than any time that a document may say, where it says none. */
const createdAt = ({ creationTimestamp }: Metadata): number =>
  creationTimestamp === null ? Number.MAX_SAFE_INTEGER : Date.parse(creationTimestamp)

const textOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
