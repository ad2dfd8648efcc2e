import type { Resource } from '../resources/resource.ts'

/** Id of the policy use that a field of a TrafficPolicy comes to. */
export function useIdOf({ metadata }: Resource<'TrafficPolicy'>, field: string): string {
  return `TrafficPolicy/${metadata.namespace}/${metadata.name}/${field}`
}
