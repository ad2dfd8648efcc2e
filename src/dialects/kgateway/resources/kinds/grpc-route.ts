import { headerMatch } from '../fields/header-match.ts'
import { hostname, sectionName } from '../fields/names.ts'
import { localObject, routeParent, sectionsApart, serviceHasPort, weightedBackendFields } from '../fields/references.ts'
import { defaulted, list, listMap, object, oneOf, required, text } from '../schema/build.ts'
import type { Infer } from '../schema/node.ts'
import { rule } from '../schema/rule.ts'
import { headerModifier, memberOfType, notRepeated, requestMirror } from './http-route/filters.ts'
import { fewMatches } from './http-route/matches.ts'

const SERVICE = '^(?i)\\.?[a-z_][a-z_0-9]*(\\.[a-z_][a-z_0-9]*)*$'
const METHOD = '^[A-Za-z_][A-Za-z_0-9]*$'
const isService = /^\.?[a-z_][a-z_0-9]*(\.[a-z_][a-z_0-9]*)*$/i
const isMethod = new RegExp(METHOD)

const methodMatch = () =>
  object(
    {
      type: defaulted(oneOf('Exact', 'RegularExpression'), 'Exact'),
      service: text({ max: 1024 }),
      method: text({ max: 1024 }),
    },
    rule(
      "One or both of 'service' or 'method' must be specified",
      ({ service, method }) => service !== undefined || method !== undefined,
    ),
    rule(
      `service must only contain valid characters (matching ${SERVICE})`,
      ({ type, service }) => type !== 'Exact' || service === undefined || isService.test(service),
    ),
    rule(
      `method must only contain valid characters (matching ${METHOD})`,
      ({ type, method }) => type !== 'Exact' || method === undefined || isMethod.test(method),
    ),
  )

const filter = () =>
  object(
    {
      type: required(oneOf('ResponseHeaderModifier', 'RequestHeaderModifier', 'RequestMirror', 'ExtensionRef')),
      requestHeaderModifier: headerModifier(),
      responseHeaderModifier: headerModifier(),
      requestMirror: requestMirror(),
      extensionRef: localObject(),
    },
    ...memberOfType('requestHeaderModifier', 'RequestHeaderModifier'),
    ...memberOfType('responseHeaderModifier', 'ResponseHeaderModifier'),
    ...memberOfType('requestMirror', 'RequestMirror'),
    ...memberOfType('extensionRef', 'ExtensionRef'),
  )

const filters = () => list(filter(), { max: 16 }, ...notRepeated('RequestHeaderModifier', 'ResponseHeaderModifier'))

const routeRule = object({
  name: sectionName(),
  matches: list(object({ method: methodMatch(), headers: listMap(headerMatch(), ['name'], { max: 16 }) }), { max: 64 }),
  filters: filters(),
  backendRefs: list(object({ ...weightedBackendFields(), filters: filters() }, serviceHasPort), { max: 16 }),
})

export type GrpcRouteRule = Infer<typeof routeRule>

export const grpcRouteSpec = object({
  parentRefs: list(routeParent(), { max: 32 }, ...sectionsApart('parentRefs', 'parent')),
  hostnames: list(hostname(), { max: 16 }),
  rules: list(routeRule, { max: 16 }, fewMatches),
})
