import type { HttpRouteFilter, HttpRouteRule } from '../resources/kinds/http-route/spec.ts'
import type { Route } from './attach-routes.ts'
import { CORS, corsConfig } from './fields/browsers.ts'
import { type Filter, STAGE } from './filter.ts'
import type { ListenerView } from './listeners.ts'
import { KGATEWAY } from './names.ts'
import { PolicyError } from './policy-error.ts'
import type { Scene } from './scene.ts'
import type { PolicyView, TrafficPolicies } from './traffic-policy.ts'

/** What a rule's filters come to. */
export interface RuleFilters {
  readonly filters: readonly Filter[]
  /** TrafficPolicies that the rule names itself. */
  readonly policies: readonly PolicyView[]
  /** What makes the rule answer 500. */
  readonly errors: readonly string[]
  readonly unserved: readonly string[]
  /** The rule answers by itself and needs no backend. */
  readonly answers: boolean
}

/** Where a rule stands: what its filters may depend on. */
export interface RulePlace {
  readonly route: Route
  readonly listener: ListenerView
  /** The start of ids of what is made for it. */
  readonly id: string
  readonly hasBackends: boolean
  /** The prefix that the rule matches, where it is one alone. */
  readonly prefix: string
  /** By annotation of the route; a text says what is wrong with it. */
  readonly redirectStatus: number | string | null
}

/** A filter of an HTTPRoute or of a GRPCRoute. */
export type AnyFilter = HttpRouteFilter | (Omit<HttpRouteFilter, 'type'> & { readonly type: string })

export function ruleFilters(
  scene: Scene,
  policies: TrafficPolicies,
  place: RulePlace,
  given: readonly AnyFilter[],
): RuleFilters {
  const filters: Filter[] = []
  const named: PolicyView[] = []
  const errors: string[] = []
  const unserved: string[] = []
  /** What answers already, as Envoy calls it. */
  let answeredBy: 'Redirect' | 'DirectResponse' | null = null
  const add = (
    name: string,
    policy: string,
    config: Readonly<Record<string, unknown>>,
    stage: number = STAGE.router,
  ) => {
    try {
      filters.push({ stage, name, useId: scene.output.use(`${place.id}/${policy}`, policy, config) })
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error
      errors.push(error.message)
    }
  }
  for (const filter of given) {
    switch (filter.type) {
      case 'RequestHeaderModifier':
      case 'ResponseHeaderModifier':
        break
      case 'RequestRedirect':
        if (typeof place.redirectStatus === 'string') {
          errors.push(place.redirectStatus)
          break
        }
        answeredBy = 'Redirect'
        add('request-redirect', 'request-redirect', redirectConfig(place, filter.requestRedirect!))
        break
      case 'URLRewrite':
        add('url-rewrite', 'url-rewrite', rewriteConfig(place, filter.urlRewrite!))
        break
      case 'ExtensionRef': {
        const { group, kind, name } = filter.extensionRef!
        const { namespace } = place.route.metadata
        const key = `${group}/${kind}/${namespace}/${name}`
        if (group === KGATEWAY && kind === 'TrafficPolicy') {
          const view = policies.named(namespace, name)
          if (view === null) errors.push(`${key}: policy not found`)
          else named.push(view)
        } else if (group === KGATEWAY && kind === 'DirectResponse') {
          const answer = scene.resources.get('DirectResponse', namespace, name)
          const action = place.hasBackends ? 'Route' : answeredBy
          if (answer === undefined) errors.push(`${key}: policy not found`)
          else if (action !== null) {
            errors.push(`DirectResponse cannot be applied to route with existing action: *routev3.Route_${action}`)
          } else {
            answeredBy = 'DirectResponse'

            add('z-direct-response', 'direct-response', directConfig(answer.spec))
          }
        } else errors.push(`${key}: policy not found`)
        break
      }
      case 'CORS':
        add(CORS, 'gateway-cors', corsConfig(filter.cors!), STAGE.cors)
        break
      default:
        unserved.push(`the filter ${filter.type} is not served`)
    }
  }
  const modifiers = modifierConfig(given)
  if (modifiers !== null) add('header-modifier', 'header-modifier', modifiers)
  return { filters, policies: named, errors, unserved, answers: answeredBy !== null }
}

type Modifier = NonNullable<HttpRouteFilter['requestHeaderModifier']>

function modifierConfig(filters: readonly AnyFilter[]): Record<string, unknown> | null {
  const request = filters.find(({ requestHeaderModifier }) => requestHeaderModifier !== undefined)
  const response = filters.find(({ responseHeaderModifier }) => responseHeaderModifier !== undefined)
  if (request === undefined && response === undefined) return null
  const changes = ({ set = [], add = [], remove = [] }: Modifier) => ({ set, add, remove })
  return {
    ...(request && { request: changes(request.requestHeaderModifier!) }),
    ...(response && { response: changes(response.responseHeaderModifier!) }),
    // Envoy's router removes first and adds then, so that what is added stays.
    removeFirst: true,
  }
}

function redirectConfig(
  { listener, prefix, redirectStatus }: RulePlace,
  { scheme, hostname, path, port, statusCode }: NonNullable<HttpRouteFilter['requestRedirect']>,
): Record<string, unknown> {
  const ownScheme = listener.spec.protocol === 'HTTPS' ? 'https' : 'http'
  const effective = scheme ?? ownScheme
  const chosen = port ?? (scheme === undefined ? listener.spec.port : PORTS[scheme])
  return {
    scheme: scheme ?? null,
    hostname: hostname ?? null,
    port: chosen === PORTS[effective] ? null : chosen,
    path: path === undefined ? null : pathConfig(path, prefix),
    status: typeof redirectStatus === 'number' ? redirectStatus : statusCode,
  }
}

const PORTS = { http: 80, https: 443 } as const

function rewriteConfig(
  { prefix }: RulePlace,
  { hostname, path }: NonNullable<HttpRouteFilter['urlRewrite']>,
): Record<string, unknown> {
  return { hostname: hostname ?? null, path: path === undefined ? null : pathConfig(path, prefix) }
}

function pathConfig(
  { type, replaceFullPath, replacePrefixMatch }: NonNullable<NonNullable<HttpRouteFilter['urlRewrite']>['path']>,
  prefix: string,
): Record<string, unknown> {
  if (type === 'ReplaceFullPath') return { kind: 'full', value: replaceFullPath === '' ? '/' : replaceFullPath }
  return { kind: 'prefix', value: replacePrefixMatch === '' ? '/' : replacePrefixMatch, prefix }
}

function directConfig(spec: {
  readonly status: number
  readonly body?: string | undefined
  readonly bodyFormat?: { readonly text?: string; readonly json?: unknown; readonly contentType?: string } | undefined
}): Record<string, unknown> {
  const { status, body, bodyFormat } = spec
  if (bodyFormat === undefined) return { status, body: body ?? null }
  const { text, json, contentType } = bodyFormat
  return json === undefined
    ? { status, body: text, format: 'text', contentType: contentType ?? null }
    : { status, body: JSON.stringify(json), format: 'json', contentType: contentType ?? null }
}

const STATUS_ANNOTATION = 'kgateway.dev/http-redirect-status-code'
const REDIRECTS = [301, 302, 303, 307, 308]

/**
 * `301`, or `rule-a=301,rule-b=308`: which status redirects of a rule have. What is no status of a redirect is said as
 * kgateway says it.
 */
export function redirectStatus(route: Route, rule: Pick<HttpRouteRule, 'name'>): number | string | null {
  const annotation = route.metadata.annotations[STATUS_ANNOTATION]
  if (annotation === undefined) return null
  const parts = annotation.split(',').map((part) => part.split('=').map((each) => each.trim()))
  const own = parts.find(([name, status]) => status !== undefined && name === rule.name)?.[1]
  const status = own ?? parts.find((part) => part.length === 1)?.[0]
  if (status === undefined) return null
  if (REDIRECTS.includes(Number(status))) return Number(status)
  return `invalid redirect status code: ${status}; must be one of ${REDIRECTS.join(', ')}`
}
