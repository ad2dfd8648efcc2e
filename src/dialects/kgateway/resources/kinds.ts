import { backendSpec } from './kinds/backend.ts'
import { backendTlsPolicySpec } from './kinds/backend-tls-policy.ts'
import { configMapBody, withTexts } from './kinds/core/config-map.ts'
import { configMapErrors, secretErrors, serviceErrors } from './kinds/core/core-checks.ts'
import { endpointSliceBody } from './kinds/core/endpoint-slice.ts'
import { namespaceBody } from './kinds/core/namespace.ts'
import { secretBody, withBytes } from './kinds/core/secret.ts'
import { serviceBody, withTargetPorts } from './kinds/core/service.ts'
import { directResponseSpec } from './kinds/direct-response.ts'
import { gatewaySpec } from './kinds/gateway.ts'
import { gatewayClassSpec } from './kinds/gateway-class.ts'
import { gatewayExtensionSpec } from './kinds/gateway-extension/spec.ts'
import { grpcRouteSpec } from './kinds/grpc-route.ts'
import { httpRouteSpec } from './kinds/http-route/spec.ts'
import { listenerSetSpec } from './kinds/listener-set.ts'
import { referenceGrantSpec } from './kinds/reference-grant.ts'
import { trafficPolicySpec } from './kinds/traffic-policy/spec.ts'
import { namespaceProblems, serviceNameProblems } from './names.ts'
import { object, required } from './schema/build.ts'
import type { FieldError } from './schema/field-error.ts'
import type { Infer, Node } from './schema/node.ts'

/** A kind of object that is read: its names in an API server, and what it holds beside its metadata. */
export interface KindDefinition<B = unknown, R = B> {
  readonly group: string
  /** What may stand in `apiVersion` after the group; the first is what we ask an API server for. */
  readonly versions: readonly [string, ...string[]]
  /** As it stands in an API server's paths. */
  readonly plural: string
  readonly namespaced: boolean
  readonly body: Node<B>
  /** Turns what has been checked into what is handed on. */
  readonly finish: (body: B) => R
  /** What is checked beyond the schema, of what the schema takes. */
  readonly check?: (body: B) => FieldError[]
  readonly nameProblems?: (name: string) => string[]
}

const withSpec = <N extends Node>(spec: N) => object({ spec: required(spec) })
const same = <B>(body: B): B => body

const gatewayApi = <N extends Node<object>>(plural: string, versions: readonly [string, ...string[]], spec: N) => {
  const body = withSpec(spec)
  return {
    group: 'gateway.networking.k8s.io',
    versions,
    plural,
    namespaced: true,
    body,
    finish: same<Infer<typeof body>>,
  } as const
}
const kgateway = <N extends Node<object>>(plural: string, spec: N) => {
  const body = withSpec(spec)
  return {
    group: 'gateway.kgateway.dev',
    versions: ['v1alpha1'],
    plural,
    namespaced: true,
    body,
    finish: same<Infer<typeof body>>,
  } as const
}
const core = { versions: ['v1'], group: '', namespaced: true } as const

/** Every kind that the dialect reads, by name. */
export const kinds = {
  GatewayClass: { ...gatewayApi('gatewayclasses', ['v1', 'v1beta1'], gatewayClassSpec), namespaced: false },
  Gateway: gatewayApi('gateways', ['v1', 'v1beta1'], gatewaySpec),
  ListenerSet: gatewayApi('listenersets', ['v1'], listenerSetSpec),
  HTTPRoute: gatewayApi('httproutes', ['v1', 'v1beta1'], httpRouteSpec),
  GRPCRoute: gatewayApi('grpcroutes', ['v1'], grpcRouteSpec),
  ReferenceGrant: gatewayApi('referencegrants', ['v1beta1', 'v1'], referenceGrantSpec),
  BackendTLSPolicy: gatewayApi('backendtlspolicies', ['v1'], backendTlsPolicySpec),
  GatewayExtension: kgateway('gatewayextensions', gatewayExtensionSpec),
  TrafficPolicy: kgateway('trafficpolicies', trafficPolicySpec),
  Backend: kgateway('backends', backendSpec),
  DirectResponse: kgateway('directresponses', directResponseSpec),
  Service: {
    ...core,
    plural: 'services',
    body: serviceBody,
    finish: withTargetPorts,
    check: serviceErrors,
    nameProblems: serviceNameProblems,
  },
  ConfigMap: { ...core, plural: 'configmaps', body: configMapBody, finish: withTexts, check: configMapErrors },
  Secret: { ...core, plural: 'secrets', body: secretBody, finish: withBytes, check: secretErrors },
  Namespace: {
    ...core,
    plural: 'namespaces',
    namespaced: false,
    body: namespaceBody,
    nameProblems: namespaceProblems,
    finish: same<Infer<typeof namespaceBody>>,
  },
  EndpointSlice: {
    ...core,
    group: 'discovery.k8s.io',
    plural: 'endpointslices',
    body: endpointSliceBody,
    finish: same<Infer<typeof endpointSliceBody>>,
  },
} as const

export type Kind = keyof typeof kinds

/** A kind by its name, for whoever does not care which. */
export const definitionOf = (kind: Kind): KindDefinition => kinds[kind] as unknown as KindDefinition

export const isKind = (name: string): name is Kind => Object.hasOwn(kinds, name)

export type Body<K extends Kind> = ReturnType<(typeof kinds)[K]['finish']>

export const kindNames = Object.keys(kinds) as readonly Kind[]
