import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { config } from './schema.ts'
import { TokenBucket } from './token-bucket.ts'

const reasons = {
  limited: { code: 'rate-limited', status: 429, message: 'local_rate_limited' },
} as const
const limited = denied(reasons.limited)

export const localRateLimit = definePolicy({
  name: 'local-rate-limit',
  phase: 'guard',
  summary: 'Let through so many requests at once, and so many more with time.',
  config,
  reasons,
  compile({ maxTokens, tokensPerFill, fillIntervalMs, enabledPercent, enforcedPercent }, { registry, clock, useId }) {
    const key = `local-rate-limit ${useId} ${maxTokens} ${tokensPerFill} ${fillIntervalMs}`
    const bucket = registry.get(key, () => new TokenBucket(maxTokens, tokensPerFill / fillIntervalMs, clock.now()))
    return {
      request: function count(exchange) {
        if (!drawn(enabledPercent) || bucket.take(exchange.now)) return next
        return drawn(enforcedPercent) ? limited : next
      },
    }
  },
})

/** Whether this request is one of so many in a hundred. */
function drawn(percent: number): boolean {
  return percent >= 100 || (percent > 0 && Math.random() * 100 < percent)
}
