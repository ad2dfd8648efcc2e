import { definitionOf } from './kinds.ts'
import type { ReadObject } from './read-object.ts'
import type { Metadata, Place, Resource } from './resource.ts'

/** What a checked object becomes; only for one without errors. */
export function toResource(
  object: ReadObject,
  place: Place,
  age: Pick<Metadata, 'generation' | 'creationTimestamp' | 'order'>,
): Resource {
  const { kind, apiVersion, name, namespace, labels, annotations, body } = object
  const finished = definitionOf(kind).finish(body) as object
  return {
    kind,
    apiVersion,
    metadata: { name, namespace, labels, annotations, ...age },
    place,
    ...finished,
  } as Resource
}
