import { localName } from '../fields/references.ts'
import { boolean, integer, list, listMap, object, oneOf, required, text } from '../schema/build.ts'
import { exactlyOne, type Rule, rule } from '../schema/rule.ts'
import { aws } from './backend-aws.ts'

type Typed<M extends string> = { readonly type?: string } & { readonly [P in M]?: unknown }

const typeAgrees = <M extends string>(type: string, member: M): Rule<Typed<M>> =>
  rule(
    `${member} backend must be specified when type is '${type}'`,
    (spec) => spec.type !== type || spec[member] !== undefined,
  )

/** Somewhere to forward to that is no Service of the cluster. */
export const backendSpec = object(
  {
    type: oneOf('AWS', 'Static', 'DynamicForwardProxy', 'GCP', 'PriorityGroups'),
    aws: aws(),
    static: object({
      hosts: required(list(object({ host: required(text({ min: 1 })), port: required(integer()) }), { min: 1 })),
      appProtocol: oneOf('http2', 'grpc', 'grpc-web', 'kubernetes.io/h2c', 'kubernetes.io/ws'),
    }),
    dynamicForwardProxy: object({ enableTls: boolean() }),
    gcp: object({ host: required(text({ min: 1 })), audience: text({ min: 1 }) }),
    priorityGroups: list(
      object({
        backendRefs: required(
          listMap(
            localName(),
            ['name'],
            { min: 1, max: 16 },
            rule('backend reference name must not be empty', (refs) => refs.every(({ name }) => name !== '')),
          ),
        ),
      }),
      { min: 1, max: 16 },
    ),
  },
  typeAgrees('AWS', 'aws'),
  typeAgrees('Static', 'static'),
  typeAgrees('DynamicForwardProxy', 'dynamicForwardProxy'),
  typeAgrees('GCP', 'gcp'),
  typeAgrees('PriorityGroups', 'priorityGroups'),
  exactlyOne('aws', 'static', 'dynamicForwardProxy', 'gcp', 'priorityGroups'),
)
