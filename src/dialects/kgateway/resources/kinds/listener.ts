import { labelSelector } from '../fields/label-selector.ts'
import { group, hostname, kind, sectionName } from '../fields/names.ts'
import { absent, portNumber, secretReference } from '../fields/references.ts'
import { defaulted, list, listMap, map, object, oneOf, required, text } from '../schema/build.ts'
import type { Infer } from '../schema/node.ts'
import { type Rule, rule } from '../schema/rule.ts'

const PROTOCOL =
  '^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$'

const tls = () =>
  object(
    {
      mode: defaulted(oneOf('Terminate', 'Passthrough'), 'Terminate'),
      certificateRefs: list(secretReference(), { max: 64 }),
      options: map(text({ min: 0, max: 4096 }), { max: 16 }),
    },
    // The rule's own words ask for the size of a list that may not be there, which is an error and no `false`.
    rule('certificateRefs or options must be specified when mode is Terminate', (tls) => {
      if (tls.mode !== 'Terminate') return true
      const certificates = tls.certificateRefs?.length
      const options = tls.options === undefined ? undefined : Object.keys(tls.options).length
      if ((certificates ?? 0) > 0 || (options ?? 0) > 0) return true
      if (certificates === undefined) return { error: 'no such key: certificateRefs' }
      return options === undefined ? { error: 'no such key: options' } : false
    }),
  )

const listener = object({
  name: required(sectionName()),
  hostname: hostname(),
  port: required(portNumber()),
  protocol: required(text({ min: 1, max: 255, pattern: PROTOCOL })),
  tls: tls(),
  allowedRoutes: defaulted(
    object({
      namespaces: defaulted(
        object({ from: defaulted(oneOf('All', 'Selector', 'Same'), 'Same'), selector: labelSelector() }),
        { from: 'Same' },
      ),
      kinds: list(object({ group: defaulted(group(), 'gateway.networking.k8s.io'), kind: required(kind()) }), {
        max: 8,
      }),
    }),
    { namespaces: { from: 'Same' } },
  ),
})

export type Listener = Infer<typeof listener>
type Listeners = readonly Listener[]

const PLAIN = ['HTTP', 'TCP', 'UDP']

const rules: readonly Rule<Listeners>[] = [
  rule("tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']", (all) =>
    all.every(({ protocol, tls }) => !PLAIN.includes(protocol) || tls === undefined),
  ),
  rule('tls mode must be Terminate for protocol HTTPS', (all) =>
    all.every(({ protocol, tls }) => protocol !== 'HTTPS' || tls === undefined || tls.mode === 'Terminate'),
  ),
  rule('tls mode must be set for protocol TLS', (all) =>
    all.every(({ protocol, tls }) => protocol !== 'TLS' || tls !== undefined),
  ),
  rule("hostname must not be specified for protocols ['TCP', 'UDP']", (all) =>
    all.every(({ protocol, hostname }) => !['TCP', 'UDP'].includes(protocol) || absent(hostname)),
  ),
  rule('Listener name must be unique within the Gateway', (all) =>
    all.every((one) => all.filter((other) => other.name === one.name).length === 1),
  ),
  rule('Combination of port, protocol and hostname must be unique for each listener', (all) =>
    all.every((one) => all.filter((other) => sameSocket(one, other)).length === 1),
  ),
]

const sameSocket = (a: Listener, b: Listener): boolean =>
  a.port === b.port && a.protocol === b.protocol && a.hostname === b.hostname

/** The listeners of a Gateway or a ListenerSet. */
export const listeners = () => listMap(listener, ['name'], { min: 1, max: 64 }, ...rules)
