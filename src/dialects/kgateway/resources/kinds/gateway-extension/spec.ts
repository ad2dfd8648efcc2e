import { object, oneOf } from '../../schema/build.ts'
import { exactlyOne, type Rule, rule } from '../../schema/rule.ts'
import { extAuth } from './ext-auth.ts'
import { extProc } from './ext-proc.ts'
import { jwt } from './jwt.ts'
import { oauth2 } from './oauth2.ts'
import { rateLimit } from './rate-limit.ts'

type Typed<M extends string> = { readonly type?: string } & { readonly [P in M]?: unknown }

/** `type` is not needed any more; where it is given, it must not name another member than the one that is there. */
const typeAgrees = <M extends string>(type: string, member: M, named: string = member): Rule<Typed<M>> =>
  rule(`${named} must be set when type is ${type}`, (spec) => spec.type !== type || spec[member] !== undefined)

/** A definition that TrafficPolicies point at: how tokens, or requests, are checked. */
export const gatewayExtensionSpec = object(
  {
    type: oneOf('ExtAuth', 'ExtProc', 'RateLimit', 'JWT', 'OAuth2'),
    extAuth: extAuth(),
    extProc: extProc(),
    rateLimit: rateLimit(),
    jwt: jwt(),
    oauth2: oauth2(),
  },
  typeAgrees('ExtAuth', 'extAuth'),
  typeAgrees('ExtProc', 'extProc'),
  typeAgrees('RateLimit', 'rateLimit'),
  typeAgrees('JWT', 'jwt', 'JWT'),
  typeAgrees('OAuth2', 'oauth2'),
  exactlyOne('extAuth', 'extProc', 'rateLimit', 'jwt', 'oauth2'),
)
