/** The filters that kgateway 2.4 configures Envoy with, for the parts that are compared. */

import { parse } from '@bufbuild/cel'
import { ParsedExprSchema } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { toJson } from '@bufbuild/protobuf'
import type { JwtSpec, ProviderSpec, RbacSpec } from './case.ts'

const type = (name: string) => ({ '@type': `type.googleapis.com/${name}` })
const JWT = 'envoy.extensions.filters.http.jwt_authn.v3'
const REQUIREMENT = 'extension_default_requirements'

/** The filter of an extension; `PER_ROUTE_JWT` switches it on. */
export function jwtFilter({ validationMode, providers }: JwtSpec): object {
  const named = providers.map((provider) => [`extension_default_${provider.name}`, envoyProvider(provider)] as const)
  const names = named.map(([name]) => ({ provider_name: name }))
  const sorted = names.sort((a, b) => (a.provider_name < b.provider_name ? -1 : 1))
  const strict = sorted.length === 1 ? sorted[0] : { requires_any: { requirements: sorted } }
  const requirement =
    validationMode === 'AllowMissing' ? { requires_any: { requirements: [strict, { allow_missing: {} }] } } : strict
  return {
    ...type(`${JWT}.JwtAuthentication`),
    providers: Object.fromEntries(named),
    requirement_map: { [REQUIREMENT]: requirement },
  }
}

export const PER_ROUTE_JWT = { ...type(`${JWT}.PerRouteConfig`), requirement_name: REQUIREMENT }

function envoyProvider(provider: ProviderSpec): object {
  const { issuer = '', audiences = [], tokenSource, claimsToHeaders = [], forwardToken = false, jwks } = provider
  const header = tokenSource !== undefined && 'header' in tokenSource ? tokenSource.header : null
  return {
    issuer,
    audiences,
    forward: forwardToken,
    payload_in_metadata: 'payload',
    claim_to_headers: claimsToHeaders.map(({ name, header }) => ({ claim_name: name, header_name: header })),
    clear_route_cache: claimsToHeaders.length > 0,
    ...(header === null ? {} : { from_headers: [{ name: header.header, value_prefix: header.prefix ?? '' }] }),
    ...(tokenSource !== undefined && 'queryParameter' in tokenSource
      ? { from_params: [tokenSource.queryParameter] }
      : {}),
    ...('local' in jwks
      ? { local_jwks: { inline_string: jwks.local.inline } }
      : { remote_jwks: { http_uri: { uri: jwks.remote.url, cluster: jwks.remote.backendRef.name, timeout: '5s' } } }),
  }
}

export const RBAC_FILTER = type('envoy.extensions.filters.http.rbac.v3.RBAC')

/** The RBAC of a route, as kgateway translates expressions: parsed, and one that is true is enough. */
export function rbacPerRoute({ action = 'Allow', policy }: RbacSpec): object {
  const predicates = policy.matchExpressions.map((expression) => ({
    single_predicate: {
      input: {
        name: 'envoy.matching.inputs.cel_data_input',
        typed_config: type('xds.type.matcher.v3.HttpAttributesCelMatchInput'),
      },
      custom_match: {
        name: 'envoy.matching.matchers.cel_matcher',
        typed_config: {
          ...type('xds.type.matcher.v3.CelMatcher'),
          expr_match: { cel_expr_parsed: toJson(ParsedExprSchema, parse(expression)) },
        },
      },
    },
  }))
  const predicate = predicates.length === 1 ? predicates[0] : { or_matcher: { predicate: predicates } }
  const inverse = action === 'Deny' ? 'ALLOW' : 'DENY'
  const matcher = {
    matcher_list: { matchers: [{ predicate, on_match: actionOf(action.toUpperCase()) }] },
    on_no_match: actionOf(inverse),
  }
  return { ...type('envoy.extensions.filters.http.rbac.v3.RBACPerRoute'), rbac: { matcher } }
}

function actionOf(action: string): object {
  const name = action === 'DENY' ? 'deny-request' : 'allow-request'
  return { action: { name: 'action', typed_config: { ...type('envoy.config.rbac.v3.Action'), name, action } } }
}
