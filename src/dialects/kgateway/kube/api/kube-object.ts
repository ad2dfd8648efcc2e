import { isRecord } from '../../resources/schema/prune.ts'

/** An object as an API server sends it. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly resourceVersion: string
    readonly generation: number
    readonly creationTimestamp: string | null
  }
  /** All of it but what only the server cares for. */
  readonly written: Readonly<Record<string, unknown>>
}

/**
 * Reads what stands around every object; null for what is none.
 *
 * @param kind and `apiVersion`: what the list says of its items, which often don't say it themselves.
 */
export function kubeObject(value: unknown, apiVersion: string, kind: string): KubeObject | null {
  if (!isRecord(value) || !isRecord(value.metadata)) return null
  const { managedFields: _, ...metadata } = value.metadata
  const { name, namespace, resourceVersion, generation, creationTimestamp } = metadata
  if (typeof name !== 'string' || typeof resourceVersion !== 'string') return null
  const own = { apiVersion: textOr(value.apiVersion, apiVersion), kind: textOr(value.kind, kind) }
  return {
    ...own,
    metadata: {
      name,
      namespace: textOr(namespace, ''),
      resourceVersion,
      generation: typeof generation === 'number' ? generation : 1,
      creationTimestamp: typeof creationTimestamp === 'string' ? creationTimestamp : null,
    },
    written: { ...value, ...own, metadata },
  }
}

const textOr = (value: unknown, other: string): string => (typeof value === 'string' ? value : other)
