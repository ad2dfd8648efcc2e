import { type Kind, kinds } from './resources/kinds.ts'
import { type Resource, resourceId } from './resources/resource.ts'
import type { Resources } from './resources/resources.ts'
import { statusObject } from './translate/status/status-object.ts'
import type { Translation } from './translate/translate.ts'

/** An object as `kubectl get -o yaml` would show it, its status included. */
export type ShownObject = Readonly<Record<string, unknown>>

/** Kinds with a status of ours: what can be asked for. Secrets are not among them. */
const SHOWN: readonly Kind[] = [
  ...(['GatewayClass', 'Gateway', 'ListenerSet', 'HTTPRoute', 'GRPCRoute'] as const),
  ...(['TrafficPolicy', 'GatewayExtension', 'Backend'] as const),
]

/** The kind that somebody means: `TrafficPolicy`, `trafficpolicy` or `trafficpolicies`; null when there is none. */
export function shownKind(said: string): Kind | null {
  const lower = said.toLowerCase()
  return SHOWN.find((kind) => lower === kind.toLowerCase() || lower === kinds[kind].plural) ?? null
}

/** All objects of a kind. @param at RFC 3339: since when the statuses are what they are. */
export function shownResources(
  { resources, statuses }: Translation & { readonly resources: Resources },
  kind: Kind,
  at: string,
): readonly ShownObject[] {
  const ofKind = new Map(
    statuses
      .filter((each) => each.kind === kind)
      .map((each) => [resourceId(kind, each.namespace, each.name), each] as const),
  )
  return resources.all(kind).map((resource) => {
    const status = ofKind.get(resourceId(kind, resource.metadata.namespace, resource.metadata.name))
    return shown(resource, status === undefined ? null : statusObject(status, () => at))
  })
}

function shown(resource: Resource, status: object | null): ShownObject {
  const { kind, apiVersion, metadata, place: _, ...body } = resource
  const { name, namespace, labels, annotations, generation, creationTimestamp } = metadata
  const metadataShown = {
    name,
    ...(namespace !== '' && { namespace }),
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    generation,
    ...(creationTimestamp !== null && { creationTimestamp }),
  }
  return { apiVersion, kind, metadata: metadataShown, ...body, ...(status !== null && { status }) }
}
