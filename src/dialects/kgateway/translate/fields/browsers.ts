import { RE2JS } from 're2js'
import type { Resource } from '../../resources/resource.ts'
import { type FieldEffect, STAGE } from '../filter.ts'
import { PolicyError } from '../policy-error.ts'
import type { Scene } from '../scene.ts'
import { useIdOf } from '../use-id.ts'

type Policy = Resource<'TrafficPolicy'>
type Spec = Required<Policy['spec']>

export const CORS = 'envoy.filters.http.cors'

/** Of a TrafficPolicy or of a route's filter: the same fields. */
export function corsConfig(value: {
  readonly allowOrigins?: readonly string[]
  readonly allowMethods?: readonly string[]
  readonly allowHeaders?: readonly string[]
  readonly exposeHeaders?: readonly string[]
  readonly allowCredentials?: boolean
  readonly maxAge?: number
}): Readonly<Record<string, unknown>> {
  return {
    allowOrigins: value.allowOrigins ?? [],
    allowMethods: value.allowMethods ?? [],
    allowHeaders: value.allowHeaders ?? [],
    exposeHeaders: value.exposeHeaders ?? [],
    allowCredentials: value.allowCredentials ?? false,
    maxAge: value.maxAge ?? null,
  }
}

export function cors(scene: Scene, policy: Policy, value: Spec['cors']): FieldEffect {
  if (value.disable !== undefined) return { off: [CORS] }
  const useId = scene.output.use(useIdOf(policy, 'cors'), 'gateway-cors', corsConfig(value))
  return { filters: [{ stage: STAGE.cors, name: CORS, useId }] }
}

export function csrf(scene: Scene, policy: Policy, value: Spec['csrf']): FieldEffect {
  const config = {
    // Where only a share is to be watched, nothing is demanded.
    enabledPercent: value.percentageEnabled ?? (value.percentageShadowed === undefined ? 100 : 0),
    shadowPercent: value.percentageShadowed ?? 0,
    additionalOrigins: (value.additionalOrigins ?? []).map((each) => origin(each)),
  }
  const useId = scene.output.use(useIdOf(policy, 'csrf'), 'csrf', config)
  return { filters: [{ stage: STAGE.csrf, name: 'envoy.filters.http.csrf', useId }] }
}

function origin(match: NonNullable<Spec['csrf']['additionalOrigins']>[number]): Readonly<Record<string, unknown>> {
  const { exact, prefix, suffix, contains, safeRegex, ignoreCase = false } = match
  if (safeRegex === undefined) {
    const [kind, value] = Object.entries({ exact, prefix, suffix, contains }).find(([, text]) => text !== undefined)!
    return { kind, value, ignoreCase }
  }
  try {
    RE2JS.compile(safeRegex)
  } catch (error) {
    throw new PolicyError(
      `csrf: the regex expression ${JSON.stringify(safeRegex)} is invalid: ${(error as Error).message}`,
    )
  }
  return { kind: 'regex', value: safeRegex, ignoreCase }
}
