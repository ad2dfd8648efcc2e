import { localName } from '../fields/references.ts'
import { defaulted, integer, list, object, oneOf, required, text } from '../schema/build.ts'
import { exactlyOne, type Rule, rule } from '../schema/rule.ts'

const account = () => text({ min: 1, max: 12, pattern: '^[0-9]{12}$' })

type Typed<M extends string> = { readonly type: string } & { readonly [P in M]?: unknown }
const memberOfType = <M extends string>(member: M, type: string): readonly Rule<Typed<M>>[] => [
  rule(
    `${member} must be nil if the type is not '${type}'`,
    (auth) => auth[member] === undefined || auth.type === type,
  ),
  rule(
    `${member} must be specified when type is '${type}'`,
    (auth) => auth[member] !== undefined || auth.type !== type,
  ),
]

const auth = () =>
  object(
    {
      type: required(oneOf('Secret', 'AssumeRole')),
      secretRef: localName(),
      assumeRole: object({
        roleArn: required(text({ min: 1, max: 2048, pattern: '^arn:aws[a-z-]*:iam::[0-9]{12}:role/.+$' })),
      }),
    },
    ...memberOfType('secretRef', 'Secret'),
    ...memberOfType('assumeRole', 'AssumeRole'),
  )

const lambda = () =>
  object({
    accountId: account(),
    endpointURL: text({ max: 2048, pattern: '^https?://[-a-zA-Z0-9@:%.+~#?&/=]+$' }),
    functionName: required(text({ pattern: '^[A-Za-z0-9-_]{1,140}$' })),
    invocationMode: defaulted(oneOf('Sync', 'Async'), 'Sync'),
    payloadTransformMode: defaulted(oneOf('None', 'Envoy'), 'Envoy'),
    qualifier: defaulted(text({ pattern: '^(\\$LATEST|[0-9]+|[A-Za-z0-9-_]{1,128})$' }), '$LATEST'),
  })

const filter = () =>
  object(
    {
      key: text({ min: 1, max: 128 }),
      keyValue: object({
        key: required(text({ min: 1, max: 128 })),
        value: required(text({ min: 1, max: 256 })),
      }),
    },
    exactlyOne('key', 'keyValue'),
  )

export const aws = () =>
  object(
    {
      region: defaulted(text({ min: 1, max: 63, pattern: '^[a-z0-9-]+$' }), 'us-east-1'),
      accountId: account(),
      auth: auth(),
      lambda: lambda(),
      ec2: object({
        port: defaulted(integer(), 80),
        addressType: defaulted(oneOf('PrivateIP', 'PublicIP'), 'PrivateIP'),
        filters: list(filter(), { max: 16 }),
      }),
    },
    rule(
      'accountId must be specified on aws or aws.lambda for lambda backends',
      ({ lambda, accountId }) => lambda === undefined || accountId !== undefined || lambda.accountId !== undefined,
    ),
    exactlyOne('lambda', 'ec2'),
  )
