import { defaulted, integer, object, required, text } from '../schema/build.ts'
import { type Rule, rule } from '../schema/rule.ts'
import { group, kind, namespace, objectName, sectionName } from './names.ts'

export const portNumber = () => integer({ min: 1, max: 65535 })

const backendFields = () => ({
  group: defaulted(group(), ''),
  kind: defaulted(kind(), 'Service'),
  name: required(objectName()),
  namespace: namespace(),
  port: portNumber(),
})

interface MaybeService {
  readonly group: string
  readonly kind: string
  readonly port?: number
}
export const serviceHasPort: Rule<MaybeService> = rule(
  'Must have port for Service reference',
  ({ group, kind, port }) => group !== '' || kind !== 'Service' || port !== undefined,
)

/** Where requests, keys or questions go: a Service with its port, or a Backend. */
export const backendReference = () => object(backendFields(), serviceHasPort)

const weight = () => defaulted(integer({ min: 0, max: 1_000_000 }), 1)
export const weightedBackendFields = () => ({ ...backendFields(), weight: weight() })
/** As `backendReference`; extensions take a weight too and make nothing of it. */
export const weightedBackendReference = () => object(weightedBackendFields(), serviceHasPort)

/** A GatewayExtension, in the policy's own namespace unless said otherwise. */
export const extensionReference = () => object({ name: required(objectName()), namespace: namespace() })

/** An object of a fixed kind in the same namespace, by name; the name may be left out and is then empty. */
export const localName = () => object({ name: defaulted(text(), '') })

/** An object of the same namespace, by group and kind. */
export const localObject = () =>
  object({ group: required(group()), kind: required(kind()), name: required(objectName()) })

/** A Secret unless said otherwise, in any namespace that a ReferenceGrant opens. */
export const secretReference = () =>
  object({
    group: defaulted(group(), ''),
    kind: defaulted(kind(), 'Secret'),
    name: required(objectName()),
    namespace: namespace(),
  })

const GATEWAY_GROUP = 'gateway.networking.k8s.io'

/** The Gateway (or ListenerSet) that a route or a ListenerSet hangs on. */
export const parentFields = () => ({
  group: defaulted(group(), GATEWAY_GROUP),
  kind: defaulted(kind(), 'Gateway'),
  name: required(objectName()),
  namespace: namespace(),
})

export const routeParent = () => object({ ...parentFields(), sectionName: sectionName(), port: portNumber() })

/** Too short is no reason to stop for an API server: rules see such texts, and take them for none. */
export const absent = (text: string | undefined): boolean => text === undefined || text === ''
const sameText = (a: string | undefined, b: string | undefined): boolean => a === b || (absent(a) && absent(b))

interface Section {
  readonly group: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string
  readonly sectionName?: string
}

/** Whoever points at one object more than once says which part of it, and never the same twice. */
export function sectionsApart(
  list: string,
  thing: string,
): readonly [Rule<readonly Section[]>, Rule<readonly Section[]>] {
  const words = `when ${list} includes 2 or more references to the same ${thing}`
  const same = (a: Section, b: Section) =>
    a.group === b.group && a.kind === b.kind && a.name === b.name && sameText(a.namespace, b.namespace)
  return [
    rule(`sectionName must be specified ${words}`, (refs) =>
      refs.every((a) => refs.every((b) => !same(a, b) || absent(a.sectionName) === absent(b.sectionName))),
    ),
    rule(`sectionName must be unique ${words}`, (refs) =>
      refs.every((a) => refs.filter((b) => same(a, b) && sameText(a.sectionName, b.sectionName)).length === 1),
    ),
  ]
}
