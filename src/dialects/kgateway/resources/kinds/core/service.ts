import { portNumber } from '../../fields/references.ts'
import { any, defaulted, integer, list, map, object, oneOf, portOrName, required, text } from '../../schema/build.ts'
import type { Infer } from '../../schema/node.ts'

const port = object({
  name: text(),
  port: required(portNumber()),
  protocol: defaulted(oneOf('TCP', 'UDP', 'SCTP'), 'TCP'),
  targetPort: portOrName(),
  nodePort: integer(),
  appProtocol: text(),
})

/** What nobody here reads of a Service, but a Service may say. */
const unread = () => ({
  allocateLoadBalancerNodePorts: any(),
  externalTrafficPolicy: any(),
  healthCheckNodePort: any(),
  internalTrafficPolicy: any(),
  ipFamilies: any(),
  ipFamilyPolicy: any(),
  loadBalancerClass: any(),
  loadBalancerIP: any(),
  loadBalancerSourceRanges: any(),
  publishNotReadyAddresses: any(),
  sessionAffinity: any(),
  sessionAffinityConfig: any(),
  trafficDistribution: any(),
})

export const serviceBody = object({
  spec: required(
    object({
      ...unread(),
      type: defaulted(oneOf('ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'), 'ClusterIP'),
      clusterIP: text(),
      clusterIPs: list(text()),
      externalIPs: list(text()),
      externalName: text(),
      selector: map(text()),
      ports: list(port),
    }),
  ),
})

type Body = Infer<typeof serviceBody>
type Port = Infer<typeof port>

/** A port leads to the same one of the endpoints unless it says otherwise. */
export function withTargetPorts(body: Body): {
  readonly spec: Omit<Body['spec'], 'ports'> & { readonly ports: readonly ServicePort[] }
} {
  const ports = (body.spec.ports ?? []).map((each) => ({ ...each, targetPort: each.targetPort ?? each.port }))
  return { spec: { ...body.spec, ports } }
}

export type ServicePort = Omit<Port, 'targetPort'> & { readonly targetPort: number | string }
