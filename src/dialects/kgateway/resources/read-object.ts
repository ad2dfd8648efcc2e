import { definitionOf, isKind, type Kind } from './kinds.ts'
import { readMetadata } from './metadata.ts'
import { admit } from './schema/admit.ts'
import { type FieldError, rulesNotAsked } from './schema/field-error.ts'
import { isRecord, type UnknownField } from './schema/prune.ts'

/** What an object says it is, before anything about it has been checked. */
export type Recognised =
  | { readonly is: 'known'; readonly kind: Kind }
  | { readonly is: 'other-version'; readonly kind: Kind; readonly message: string }
  | { readonly is: 'not-read'; readonly kind: string; readonly apiVersion: string }
  /** `isMeantToBe`: somebody wrote an object of Kubernetes, and made a mistake in saying which. */
  | { readonly is: 'no-object'; readonly message: string; readonly isMeantToBe: boolean }

/** Finds out by `apiVersion` and `kind` whether an object is one of those that are read. */
export function recognise(written: unknown): Recognised {
  if (!isRecord(written)) return noObject('expected a Kubernetes object: a record with apiVersion and kind', false)
  const { apiVersion, kind } = written
  const isMeantToBe = isRecord(written.metadata) || isRecord(written.spec)
  if (typeof kind !== 'string' || kind === '') return noObject("Object 'Kind' is missing", isMeantToBe)
  if (typeof apiVersion !== 'string' || apiVersion === '')
    return noObject("Object 'apiVersion' is missing", isMeantToBe)
  const slash = apiVersion.indexOf('/')
  const group = slash < 0 ? '' : apiVersion.slice(0, slash)
  if (!isKind(kind) || definitionOf(kind).group !== group) {
    const isNone = group === KGATEWAY ? !UNREAD_KINDS.has(kind) : OURS_ALONE.has(kind)
    return isNone
      ? noObject(`no matches for kind "${kind}" in version "${apiVersion}"`, true)
      : { is: 'not-read', kind, apiVersion }
  }
  const version = apiVersion.slice(slash + 1)
  if (definitionOf(kind).versions.includes(version)) return { is: 'known', kind }
  return { is: 'other-version', kind, message: `no matches for kind "${kind}" in version "${apiVersion}"` }
}

const KGATEWAY = 'gateway.kgateway.dev'
/** What else there is of kgateway's. */
const UNREAD_KINDS: ReadonlySet<string> = new Set([
  ...['BackendConfigPolicy', 'GatewayParameters', 'HTTPListenerPolicy', 'ListenerPolicy'],
])
/** What nobody else has: under another group it is a slip, and a door would stand open unnoticed. */
const OURS_ALONE: ReadonlySet<string> = new Set(['GatewayExtension', 'TrafficPolicy'])

function noObject(message: string, isMeantToBe: boolean): Recognised {
  return { is: 'no-object', message, isMeantToBe }
}

/** An object of a known kind, checked. */
export interface ReadObject {
  readonly kind: Kind
  readonly apiVersion: string
  readonly name: string
  /** Empty for kinds without one; `default` where none is said. */
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly generation: number | null
  readonly creationTimestamp: string | null
  /** As the schema left it, before `finish`; what `old` is for the next reading of the same object. */
  readonly body: Readonly<Record<string, unknown>>
  readonly errors: readonly FieldError[]
  readonly unknown: readonly UnknownField[]
}

const BESIDE_BODY = ['apiVersion', 'kind', 'metadata', 'status']

/**
 * Reads an object of a known kind as an API server takes one in.
 *
 * @param old finds the body of the same object as it was before, if there was one.
 */
export function readObject(
  kind: Kind,
  written: Readonly<Record<string, unknown>>,
  old: (namespace: string, name: string) => unknown,
): ReadObject {
  const definition = definitionOf(kind)
  const metadata = readMetadata(written.metadata, definition.namespaced, definition.nameProblems)
  const { name = '', namespace = 'default', labels = {}, annotations = {} } = metadata.value
  const { generation, creationTimestamp } = metadata.value
  const home = definition.namespaced ? namespace : ''

  const rest = Object.fromEntries(Object.entries(written).filter(([key]) => !BESIDE_BODY.includes(key)))
  const { value, errors, unknown } = admit(definition.body, rest, old(home, name))
  const own = errors.length === 0 ? (definition.check?.(value) ?? []) : []
  return {
    kind,
    apiVersion: String(written.apiVersion),
    name,
    namespace: home,
    labels,
    annotations,
    generation: generation ?? null,
    creationTimestamp: creationTimestamp ?? null,
    body: value as Readonly<Record<string, unknown>>,
    errors: inOrder([...metadata.errors, ...errors, ...own]),
    unknown: [...metadata.unknown, ...unknown],
  }
}

/** That rules were not asked comes last, whatever else was wrong. */
const inOrder = (errors: readonly FieldError[]): FieldError[] => [
  ...errors.filter((error) => error !== rulesNotAsked),
  ...errors.filter((error) => error === rulesNotAsked),
]
