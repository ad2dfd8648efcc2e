import type { Resource } from '../resources/resource.ts'
import { apiKeyAuth } from './fields/api-key.ts'
import { basicAuth } from './fields/basic-auth.ts'
import { cors, csrf } from './fields/browsers.ts'
import { extAuth } from './fields/ext-auth.ts'
import { headerModifiers } from './fields/header-modifiers.ts'
import { jwtAuth } from './fields/jwt.ts'
import { acl, buffer, rateLimit } from './fields/limits.ts'
import { oauth2 } from './fields/oauth2.ts'
import { rbac } from './fields/rbac.ts'
import { retry, timeouts, UNSERVED_RETRIES } from './fields/time-and-retries.ts'
import { type FieldEffect, STAGE } from './filter.ts'
import type { Scene } from './scene.ts'
import { useIdOf } from './use-id.ts'

type Policy = Resource<'TrafficPolicy'>
type Spec = Policy['spec']

/** Translates one field that is there. @throws PolicyError when it can't be followed. */
type Translate = (scene: Scene, policy: Policy, spec: Required<Spec>) => FieldEffect

/** What is served of a TrafficPolicy, field by field. A policy that is merged with others is so by these. */
export const FIELDS = {
  jwtAuth: (scene, policy, { jwtAuth: value }) => jwtAuth(scene, policy, value),
  extAuth: (scene, policy, { extAuth: value }) => extAuth(scene, policy, value),
  oauth2: (scene, policy, { oauth2: value }) => oauth2(scene, policy, value),
  basicAuth: (scene, policy, { basicAuth: value }) => basicAuth(scene, policy, value),
  apiKeyAuth: (scene, policy, { apiKeyAuth: value }) => apiKeyAuth(scene, policy, value),
  acl: (scene, policy, { acl: value }) => acl(scene, policy, value),
  cors: (scene, policy, { cors: value }) => cors(scene, policy, value),
  csrf: (scene, policy, { csrf: value }) => csrf(scene, policy, value),
  rateLimit: (scene, policy, { rateLimit: value }) => rateLimit(scene, policy, value),
  buffer: (scene, policy, { buffer: value }) => buffer(scene, policy, value),
  rbac: (scene, policy, { rbac: value }) => rbac(scene, policy, value),
  headerModifiers: (scene, policy, { headerModifiers: value }) => headerModifiers(scene, policy, value),
  timeouts: (_scene, _policy, { timeouts: value }) => timeouts(value),
  retry: (_scene, _policy, { retry: value }) => retry(value),
  autoHostRewrite: (_scene, _policy, { autoHostRewrite: value }) => ({ route: { rewritesHost: value } }),
  urlRewrite: (scene, policy, { urlRewrite: { pathRegex } }) => {
    if (pathRegex === undefined) return {}
    const path = { kind: 'regex', pattern: pathRegex.pattern, value: pathRegex.substitution }
    const useId = scene.output.use(useIdOf(policy, 'urlRewrite'), 'url-rewrite', { path })
    return { filters: [{ stage: STAGE.router, name: 'url-rewrite', useId }] }
  },
} as const satisfies Partial<Record<keyof Spec, Translate>>

export type FieldName = keyof typeof FIELDS

interface Unserved {
  readonly says: string
  /** Without it a decision would be another one: what it is attached to stays closed. */
  readonly closes: boolean
}

const whole =
  (field: keyof Spec, closes: boolean) =>
  (spec: Spec): Unserved | null =>
    spec[field] === undefined ? null : { says: `${field} is not served`, closes }

/** What may stand in a TrafficPolicy and is not served; said of each policy that has it. */
export const UNSERVED: readonly ((spec: Spec) => Unserved | null)[] = [
  whole('extProc', true),
  whole('transformation', true),
  ({ rateLimit }) =>
    rateLimit?.global === undefined ? null : { says: 'rateLimit.global is not served', closes: true },
  whole('faultInjection', false),
  whole('internalRedirect', false),
  whole('compression', false),
  whole('tracing', false),
  whole('statPrefix', false),
  ({ timeouts: value }) =>
    value?.streamIdle === undefined ? null : { says: 'timeouts.streamIdle is not served', closes: false },
  ({ retry: value }) => {
    const grpc = (value?.retryOn ?? []).filter((each) => UNSERVED_RETRIES.includes(each))
    return grpc.length === 0 ? null : { says: `retry.retryOn: ${grpc.join(', ')} is not served`, closes: false }
  },
]
