import type { AnyPolicy } from '../policy/policy.ts'
import { acl } from './acl/handler.ts'
import { addressAcl } from './address-acl/handler.ts'
import { apiKeyAuth } from './api-key-auth/handler.ts'
import { basicAuth } from './basic-auth/handler.ts'
import { botDetection } from './bot-detection/handler.ts'
import { claimsToHeaders } from './claims-to-headers/handler.ts'
import { correlationId } from './correlation-id/handler.ts'
import { cors } from './cors/handler.ts'
import { csrf } from './csrf/handler.ts'
import { directResponse } from './direct-response/handler.ts'
import { extAuthz } from './ext-authz/handler.ts'
import { fileLog } from './file-log/handler.ts'
import { gatewayCors } from './gateway-cors/handler.ts'
import { headerModifier } from './header-modifier/handler.ts'
import { hmacAuth } from './hmac-auth/handler.ts'
import { htpasswdAuth } from './htpasswd-auth/handler.ts'
import { httpLog } from './http-log/handler.ts'
import { ipRestriction } from './ip-restriction/handler.ts'
import { jwt } from './jwt/handler.ts'
import { jwtAuthn } from './jwt-authn/handler.ts'
import { keyAuth } from './key-auth/handler.ts'
import { ldapAuth } from './ldap-auth/handler.ts'
import { localRateLimit } from './local-rate-limit/handler.ts'
import { oauth2 } from './oauth2/handler.ts'
import { oauth2Login } from './oauth2-login/handler.ts'
import { postFunction } from './post-function/handler.ts'
import { preFunction } from './pre-function/handler.ts'
import { prometheus } from './prometheus/handler.ts'
import { rateLimiting } from './rate-limiting/handler.ts'
import { rbac } from './rbac/handler.ts'
import { requestRedirect } from './request-redirect/handler.ts'
import { requestSizeLimiting } from './request-size-limiting/handler.ts'
import { requestTermination } from './request-termination/handler.ts'
import { requestTransformer } from './request-transformer/handler.ts'
import { requireClaims } from './require-claims/handler.ts'
import { responseTransformer } from './response-transformer/handler.ts'
import { session } from './session/handler.ts'
import { urlRewrite } from './url-rewrite/handler.ts'

/** Every policy there is, by name. A new policy is a folder and a line here. */
export const policies: readonly AnyPolicy[] = [
  acl,
  addressAcl,
  apiKeyAuth,
  basicAuth,
  botDetection,
  claimsToHeaders,
  correlationId,
  cors,
  csrf,
  directResponse,
  extAuthz,
  fileLog,
  gatewayCors,
  headerModifier,
  hmacAuth,
  htpasswdAuth,
  httpLog,
  ipRestriction,
  jwt,
  jwtAuthn,
  keyAuth,
  ldapAuth,
  localRateLimit,
  oauth2,
  oauth2Login,
  postFunction,
  preFunction,
  prometheus,
  rateLimiting,
  rbac,
  requestRedirect,
  requestSizeLimiting,
  requestTermination,
  requestTransformer,
  requireClaims,
  responseTransformer,
  session,
  urlRewrite,
]
