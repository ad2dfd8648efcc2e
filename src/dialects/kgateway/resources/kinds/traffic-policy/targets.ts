import { group, kind, objectName, sectionName } from '../../fields/names.ts'
import { list, map, object, required, text } from '../../schema/build.ts'
import { type Rule, rule } from '../../schema/rule.ts'

interface OfKind {
  readonly kind: string
}

const takesPolicies = ({ kind }: OfKind): boolean =>
  kind === 'Gateway' || kind === 'HTTPRoute' || kind === 'GRPCRoute' || kind.endsWith('ListenerSet')

const rightKinds = (list: string): Rule<readonly OfKind[]> =>
  rule(`${list} may only reference Gateway, HTTPRoute, GRPCRoute, or ListenerSet resources`, (all) =>
    all.every(takesPolicies),
  )

/** What a policy is attached to, by name or by labels; with neither it acts only where a route's filter names it. */
export const targetFields = () => ({
  targetRefs: list(
    object({
      group: required(group()),
      kind: required(kind()),
      name: required(objectName()),
      sectionName: sectionName(),
    }),
    { min: 1, max: 16 },
    rightKinds('targetRefs'),
  ),
  targetSelectors: list(
    object({
      group: required(group()),
      kind: required(kind()),
      matchLabels: required(map(text())),
      sectionName: sectionName(),
    }),
    {},
    rightKinds('targetSelectors'),
  ),
})

type Spec<M extends string> = { readonly [P in M]?: unknown } & {
  readonly targetRefs?: readonly OfKind[]
  readonly targetSelectors?: readonly OfKind[]
}

/** Some members make sense on routes only. */
export function onlyFor<M extends string>(member: M, ...kinds: string[]): Rule<Spec<M>> {
  return rule(`${member} can only be used when targeting ${kinds.join(' or ')} resources`, (spec) => {
    const targets = [...(spec.targetRefs ?? []), ...(spec.targetSelectors ?? [])]
    return spec[member] === undefined || targets.every(({ kind }) => kinds.includes(kind))
  })
}
