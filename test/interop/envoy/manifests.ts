import { service } from '../../e2e/kgateway/kgateway.ts'
import type { Config, JwtSpec, OtherRoute } from './case.ts'

const NAMESPACE = 'default'
const object = (apiVersion: string, kind: string, name: string, spec: object) => {
  return { apiVersion, kind, metadata: { name, namespace: NAMESPACE }, spec }
}

/** The same configuration as a user of kgateway writes it. */
export function manifests(
  configs: readonly Config[],
  services: Readonly<Record<string, number>>,
  everywhere: JwtSpec | null,
): object[] {
  const gateway = object('gateway.networking.k8s.io/v1', 'Gateway', 'http', {
    gatewayClassName: 'kgateway',
    listeners: [{ protocol: 'HTTP', port: 8080, name: 'http' }],
  })
  return [
    gateway,
    ...Object.entries(services).flatMap(([name, port]) => service(name, NAMESPACE, port)),
    ...(everywhere === null ? [] : guard('0', 'Gateway', 'http', { jwt: everywhere })),
    ...configs.flatMap(({ name, jwt, rbac, otherRoute }) => [
      object('gateway.networking.k8s.io/v1', 'HTTPRoute', name, {
        parentRefs: [{ name: 'http' }],
        hostnames: [`${name}.test`],
        rules: [
          ...(otherRoute === undefined ? [] : [ruleFor(otherRoute)]),
          { backendRefs: [{ name: 'echo', port: 8000 }] },
        ],
      }),
      ...(otherRoute?.needs === undefined ? [] : [needing(name, otherRoute.needs)]),
      ...guard(name, 'HTTPRoute', name, { jwt, ...(rbac !== undefined && { rbac }) }),
    ]),
  ]
}

/** An extension, and a policy of the same name that puts it on something. */
function guard(name: string, kind: string, target: string, { jwt, ...rest }: Pick<Config, 'jwt' | 'rbac'>): object[] {
  return [
    object('gateway.kgateway.dev/v1alpha1', 'GatewayExtension', name, { jwt }),
    object('gateway.kgateway.dev/v1alpha1', 'TrafficPolicy', name, {
      targetRefs: [{ group: 'gateway.networking.k8s.io', kind, name: target }],
      jwtAuth: { extensionRef: { name } },
      ...rest,
    }),
  ]
}

function ruleFor({ header, value }: OtherRoute): object {
  return {
    name: 'other',
    matches: [{ headers: [{ name: header, value }] }],
    filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { add: [{ name: 'x-route', value: 'other' }] } }],
    backendRefs: [{ name: 'echo', port: 8000 }],
  }
}

function needing(route: string, header: string): object {
  return object('gateway.kgateway.dev/v1alpha1', 'TrafficPolicy', `${route}-other`, {
    targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: route, sectionName: 'other' }],
    rbac: { policy: { matchExpressions: [`'${header}' in request.headers`] } },
  })
}
