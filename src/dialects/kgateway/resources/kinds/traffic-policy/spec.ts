import { boolean, object } from '../../schema/build.ts'
import { acl } from './access-list.ts'
import { apiKeyAuth, basicAuth, extAuthUse, extProcUse, jwtAuth, oauth2Use, rbac } from './authentication.ts'
import { cors, csrf } from './browser.ts'
import { headerModifiers, transformation, urlRewrite } from './changes.ts'
import { buffer, faultInjection, rateLimitUse } from './limits.ts'
import { compression, internalRedirect, statPrefix, tracing } from './observing.ts'
import { retry, timeouts, tryEndsFirst } from './retries.ts'
import { onlyFor, targetFields } from './targets.ts'

/** What is done with requests of the Gateways, listeners and routes that it is attached to. */
export const trafficPolicySpec = object(
  {
    ...targetFields(),
    jwtAuth: jwtAuth(),
    extAuth: extAuthUse(),
    extProc: extProcUse(),
    oauth2: oauth2Use(),
    rbac: rbac(),
    basicAuth: basicAuth(),
    apiKeyAuth: apiKeyAuth(),
    cors: cors(),
    csrf: csrf(),
    acl: acl(),
    rateLimit: rateLimitUse(),
    retry: retry(),
    timeouts: timeouts(),
    headerModifiers: headerModifiers(),
    transformation: transformation(),
    buffer: buffer(),
    urlRewrite: urlRewrite(),
    autoHostRewrite: boolean(),
    internalRedirect: internalRedirect(),
    compression: compression(),
    tracing: tracing(),
    faultInjection: faultInjection(),
    statPrefix: statPrefix(),
  },
  onlyFor('autoHostRewrite', 'HTTPRoute'),
  onlyFor('urlRewrite', 'HTTPRoute'),
  onlyFor('tracing', 'HTTPRoute', 'GRPCRoute'),
  onlyFor('statPrefix', 'HTTPRoute', 'GRPCRoute'),
  tryEndsFirst,
)
