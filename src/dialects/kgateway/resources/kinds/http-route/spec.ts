import { NOT_A_DURATION, routeDuration } from '../../fields/durations.ts'
import { goDurationNs } from '../../fields/go-duration.ts'
import { hostname, sectionName } from '../../fields/names.ts'
import { routeParent, sectionsApart, serviceHasPort, weightedBackendFields } from '../../fields/references.ts'
import { defaulted, list, object } from '../../schema/build.ts'
import type { Infer } from '../../schema/node.ts'
import { rule } from '../../schema/rule.ts'
import { filters } from './filters.ts'
import { fewMatches, matches } from './matches.ts'
import { replacesPrefixOfOneMatch } from './prefix-rules.ts'

const timeouts = () =>
  object(
    { request: routeDuration(), backendRequest: routeDuration() },
    rule('backendRequest timeout cannot be longer than request timeout', ({ request, backendRequest }) => {
      if (request === undefined || backendRequest === undefined) return true
      const whole = goDurationNs(request)
      const part = goDurationNs(backendRequest)
      // No limit: whatever the other one says, it says nothing that matters.
      if (whole === 0) return true
      return whole === null || part === null ? NOT_A_DURATION : part <= whole
    }),
  )

const routeRule = object(
  {
    name: sectionName(),
    matches: matches(),
    filters: filters(),
    backendRefs: list(object({ ...weightedBackendFields(), filters: filters() }, serviceHasPort), { max: 16 }),
    timeouts: timeouts(),
  },
  rule(
    'RequestRedirect filter must not be used together with backendRefs',
    ({ filters = [], backendRefs = [] }) =>
      backendRefs.length === 0 || filters.every(({ requestRedirect }) => requestRedirect === undefined),
  ),
  ...replacesPrefixOfOneMatch,
)

export type HttpRouteRule = Infer<typeof routeRule>
export type HttpRouteMatch = HttpRouteRule['matches'][number]
export type HttpRouteFilter = NonNullable<HttpRouteRule['filters']>[number]
export type HttpBackendReference = NonNullable<HttpRouteRule['backendRefs']>[number]

export const httpRouteSpec = object({
  parentRefs: list(routeParent(), { max: 32 }, ...sectionsApart('parentRefs', 'parent')),
  hostnames: list(hostname(), { max: 16 }),
  rules: defaulted(list(routeRule, { min: 1, max: 16 }, fewMatches), [
    { matches: [{ path: { type: 'PathPrefix', value: '/' } }] },
  ]),
})
