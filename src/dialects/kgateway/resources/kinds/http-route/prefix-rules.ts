import { type Rule, rule } from '../../schema/rule.ts'

interface PathChange {
  readonly path?: { readonly type: string; readonly replacePrefixMatch?: string }
}
interface Filter {
  readonly requestRedirect?: PathChange
  readonly urlRewrite?: PathChange
}
interface RouteRule {
  readonly matches: readonly { readonly path: { readonly type: string } }[]
  readonly filters?: readonly Filter[]
  readonly backendRefs?: readonly { readonly filters?: readonly Filter[] }[]
}

const replacesPrefix = (change: PathChange | undefined): boolean =>
  change?.path?.type === 'ReplacePrefixMatch' && change.path.replacePrefixMatch !== undefined

const replacedBy = (filters: readonly Filter[], member: keyof Filter): boolean =>
  filters.filter((filter) => replacesPrefix(filter[member])).length === 1

const matchesOnePrefix = ({ matches }: RouteRule): boolean =>
  matches.length === 1 && matches[0]!.path.type === 'PathPrefix'

const TYPES = { requestRedirect: 'RequestRedirect', urlRewrite: 'URLRewrite' } as const
const ENDING = 'filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified'

const ofRule = (member: keyof Filter, start: string): Rule<RouteRule> =>
  rule(
    `${start} ${TYPES[member]} ${ENDING}`,
    (route) => !replacedBy(route.filters ?? [], member) || matchesOnePrefix(route),
  )

/** Exactly one backend, says the rule: two that both replace a prefix slip through, here as there. */
const ofBackends = (member: keyof Filter, start: string): Rule<RouteRule> =>
  rule(`Within backendRefs, ${start} ${TYPES[member]} ${ENDING}`, (route) => {
    const replacing = (route.backendRefs ?? []).filter(({ filters }) => replacedBy(filters ?? [], member))
    return replacing.length !== 1 || matchesOnePrefix(route)
  })

/** A prefix can be replaced only where it is clear which one was matched. */
export const replacesPrefixOfOneMatch: readonly Rule<RouteRule>[] = [
  ofRule('requestRedirect', 'When using'),
  ofRule('urlRewrite', 'When using'),
  ofBackends('requestRedirect', 'when using'),
  ofBackends('urlRewrite', 'When using'),
]
