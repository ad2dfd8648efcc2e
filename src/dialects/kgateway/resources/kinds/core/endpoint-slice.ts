import { any, boolean, defaulted, integer, list, object, oneOf, required, text } from '../../schema/build.ts'

const endpoint = object({
  addresses: required(list(text(), { min: 1, max: 100 })),
  conditions: object({ ready: boolean(), serving: boolean(), terminating: boolean() }),
  hostname: text(),
  nodeName: text(),
  zone: text(),
  targetRef: any(),
  hints: any(),
  deprecatedTopology: any(),
})

/** Where the pods of a Service are; which one, says the label `kubernetes.io/service-name`. */
export const endpointSliceBody = object({
  addressType: required(oneOf('IPv4', 'IPv6', 'FQDN')),
  endpoints: list(endpoint, { max: 1000 }),
  ports: list(
    object({
      name: defaulted(text(), ''),
      port: integer(),
      protocol: defaulted(oneOf('TCP', 'UDP', 'SCTP'), 'TCP'),
      appProtocol: text(),
    }),
    { max: 100 },
  ),
})
