import { isIPv4 } from 'node:net'
import { hasHostBits, ipRange } from '../../../../base/ip-address.ts'
import { durationMs } from '../../resources/fields/go-duration.ts'
import { quantityValue } from '../../resources/kinds/traffic-policy/quantity.ts'
import type { Resource } from '../../resources/resource.ts'
import { type FieldEffect, STAGE } from '../filter.ts'
import { PolicyError } from '../policy-error.ts'
import type { Scene } from '../scene.ts'
import { useIdOf } from '../use-id.ts'

type Policy = Resource<'TrafficPolicy'>
type Spec = Required<Policy['spec']>

export function rateLimit(scene: Scene, policy: Policy, { local }: Spec['rateLimit']): FieldEffect {
  const name = 'envoy.filters.http.local_ratelimit'
  if (local === undefined) return {}
  // A local limit without a bucket lifts the one that a wider scope has.
  if (local.tokenBucket === undefined) return { off: [name] }
  const { maxTokens, tokensPerFill, fillInterval } = local.tokenBucket
  const useId = scene.output.use(useIdOf(policy, 'rateLimit'), 'local-rate-limit', {
    maxTokens,
    tokensPerFill,
    fillIntervalMs: durationMs(fillInterval),
    enabledPercent: local.percentEnabled ?? 100,
    enforcedPercent: local.percentEnforced ?? 100,
  })
  return { filters: [{ stage: STAGE.rateLimit, name, useId }] }
}

export function acl(
  scene: Scene,
  policy: Policy,
  { defaultAction, rules = [], denyResponse }: Spec['acl'],
): FieldEffect {
  const wrong = rules.flatMap(({ cidrs }) =>
    cidrs.filter((text) => {
      const range = ipRange(text)
      return range === null || hasHostBits(range)
    }),
  )
  if (wrong.length > 0) throw new PolicyError(`acl: invalid CIDR(s): ${wrong.map(wrongRange).join(', ')}`)
  const useId = scene.output.use(useIdOf(policy, 'acl'), 'address-acl', {
    defaultAction,
    rules: rules.map(({ name, cidrs, action }) => ({ name: name ?? null, ranges: cidrs, action })),
    status: denyResponse?.statusCode ?? 403,
    headers: denyResponse?.headers ?? [],
    blockedByHeader: denyResponse?.blockedByHeaderName ?? null,
  })
  return { filters: [{ stage: STAGE.acl, name: 'acl', useId }] }
}

/** With what was perhaps meant, as kgateway says it. */
function wrongRange(text: string): string {
  const quoted = JSON.stringify(text)
  const range = ipRange(text)
  const length = Number(text.slice(text.indexOf('/') + 1))
  if (range === null || isIPv4(text.split('/')[0]!) === false) return quoted
  const bits = BigInt(32 - length)
  const network = (range.value >> bits) << bits
  const parts = [24n, 16n, 8n, 0n].map((shift) => String((network >> shift) & 0xffn))
  return `${quoted} (host bits set; did you mean "${parts.join('.')}/${length}"?)`
}

export function buffer(scene: Scene, policy: Policy, { maxRequestSize, disable }: Spec['buffer']): FieldEffect {
  const name = 'envoy.filters.http.buffer'
  if (disable !== undefined) return { off: [name] }
  const useId = scene.output.use(useIdOf(policy, 'buffer'), 'request-size-limiting', {
    allowed_payload_size: Math.floor(quantityValue(maxRequestSize!)!),
    size_unit: 'bytes',
  })
  return { filters: [{ stage: STAGE.headers, name, useId }] }
}
