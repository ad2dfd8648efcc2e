import type { Exchange } from './exchange.ts'

/**
 * What earlier policies found out about a request, by namespace and key: Envoy's dynamic metadata, whose names are used
 * (`envoy.filters.http.jwt_authn`, `payload`). It stands in `exchange.shared`.
 *
 * @param path namespace first. @returns undefined where there is no such thing.
 */
export function metadataAt(exchange: Exchange, path: readonly string[]): unknown {
  let value: unknown = exchange.shared.get(path[0]!)
  for (let n = 1; n < path.length; n++) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, path[n]!)) return undefined
    value = (value as Record<string, unknown>)[path[n]!]
  }
  return value
}

/** Adds keys to a namespace; those that are there already are replaced. */
export function addMetadata(exchange: Exchange, namespace: string, fields: Readonly<Record<string, unknown>>): void {
  const before = exchange.shared.get(namespace)
  exchange.shared.set(namespace, { ...(typeof before === 'object' ? before : null), ...fields })
}
