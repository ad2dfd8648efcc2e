import { labelSelector } from '../fields/label-selector.ts'
import { group, kind, namespace, objectName } from '../fields/names.ts'
import { portNumber, secretReference } from '../fields/references.ts'
import { defaulted, list, listMap, object, oneOf, required } from '../schema/build.ts'
import { rule } from '../schema/rule.ts'
import { addresses } from './gateway-addresses.ts'
import { annotations, labels } from './gateway-infrastructure.ts'
import { listeners } from './listener.ts'

const authority = () =>
  object({ group: required(group()), kind: required(kind()), name: required(objectName()), namespace: namespace() })

/** What certificates of clients are checked by. */
const clientValidation = () =>
  object({
    validation: object({
      caCertificateRefs: required(list(authority(), { min: 1, max: 16 })),
      mode: defaulted(oneOf('AllowValidOnly', 'AllowInsecureFallback'), 'AllowValidOnly'),
    }),
  })

export const gatewaySpec = object({
  gatewayClassName: required(objectName()),
  listeners: required(listeners()),
  addresses: addresses(),
  allowedListeners: object({
    namespaces: defaulted(
      object({ from: defaulted(oneOf('All', 'Selector', 'Same', 'None'), 'None'), selector: labelSelector() }),
      { from: 'None' },
    ),
  }),
  infrastructure: object({
    labels: labels(),
    annotations: annotations(),
    parametersRef: object({ group: required(group()), kind: required(kind()), name: required(objectName()) }),
  }),
  tls: object({
    backend: object({ clientCertificateRef: secretReference() }),
    frontend: object({
      default: required(clientValidation()),
      perPort: listMap(
        object({ port: required(portNumber()), tls: required(clientValidation()) }),
        ['port'],
        { max: 64 },
        rule('Port for TLS configuration must be unique within the Gateway', (all) =>
          all.every((one) => all.filter(({ port }) => port === one.port).length === 1),
        ),
      ),
    }),
  }),
})
