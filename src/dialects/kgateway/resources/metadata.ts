import { labelValueProblems, namespaceProblems, objectNameProblems, qualifiedNameProblems } from './names.ts'
import { admit } from './schema/admit.ts'
import { any, integer, map, object, required, text } from './schema/build.ts'
import { type FieldError, invalid, missing, tooLong } from './schema/field-error.ts'
import type { Infer } from './schema/node.ts'
import { isRecord, type UnknownField } from './schema/prune.ts'

const MOST_ANNOTATIONS = 256 * 1024

const metadataNode = object({
  name: text(),
  namespace: text(),
  labels: map(text()),
  annotations: map(text()),
  generation: integer(),
  creationTimestamp: text(),
  generateName: any(),
  uid: any(),
  resourceVersion: any(),
  deletionTimestamp: any(),
  deletionGracePeriodSeconds: any(),
  finalizers: any(),
  managedFields: any(),
  ownerReferences: any(),
  selfLink: any(),
})

const holder = object({ metadata: required(metadataNode) })

export type WrittenMetadata = Infer<typeof metadataNode>

interface ReadMetadata {
  readonly value: WrittenMetadata
  readonly errors: readonly FieldError[]
  readonly unknown: readonly UnknownField[]
}

/**
 * Checks the metadata of an object.
 *
 * @param namespaced whether its kind stands in namespaces.
 * @param nameProblems what the kind wants of names, if it is not what most do.
 */
export function readMetadata(
  written: unknown,
  namespaced: boolean,
  nameProblems: (name: string) => string[] = objectNameProblems,
): ReadMetadata {
  const { value, errors, unknown } = admit(holder, { metadata: written ?? {} })
  if (errors.length > 0) return { value: identity(written), errors, unknown }
  return { value: value.metadata, errors: checked(value.metadata, namespaced, nameProblems), unknown }
}

/** Who it is about can be said of most objects, also where the rest of their metadata is no use. */
function identity(written: unknown): WrittenMetadata {
  const { name, namespace } = isRecord(written) ? written : {}
  return { ...(typeof name === 'string' && { name }), ...(typeof namespace === 'string' && { namespace }) }
}

function checked(meta: WrittenMetadata, namespaced: boolean, nameProblems: (name: string) => string[]): FieldError[] {
  const { name = '', namespace, labels = {}, annotations = {}, creationTimestamp } = meta
  const errors: FieldError[] = []
  const say = (place: string, value: string, problems: readonly string[]) => {
    for (const each of problems) errors.push(invalid(['metadata', place], value, each))
  }
  if (name === '')
    errors.push({ ...missing(['metadata', 'name']), message: 'Required value: name or generateName is required' })
  else say('name', name, nameProblems(name))
  if (namespaced && namespace !== undefined) say('namespace', namespace, namespaceProblems(namespace))
  for (const [key, value] of Object.entries(labels)) {
    say('labels', key, qualifiedNameProblems(key))
    say('labels', value, labelValueProblems(value))
  }
  let size = 0
  for (const [key, value] of Object.entries(annotations)) {
    say('annotations', key, qualifiedNameProblems(key.toLowerCase()))
    size += Buffer.byteLength(key) + Buffer.byteLength(value)
  }
  if (size > MOST_ANNOTATIONS) errors.push(tooLong(['metadata', 'annotations'], MOST_ANNOTATIONS))
  if (creationTimestamp !== undefined && !isTimestamp(creationTimestamp)) {
    errors.push(invalid(['metadata', 'creationTimestamp'], creationTimestamp, 'must be a time as of RFC 3339'))
  }
  return errors
}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/
const isTimestamp = (text: string): boolean => TIMESTAMP.test(text) && !Number.isNaN(Date.parse(text))
