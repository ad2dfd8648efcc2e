import type { Exchange } from '../../policy/exchange.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { callerNamer } from './caller.ts'
import { Counter } from './counter.ts'
import { PERIODS } from './periods.ts'
import { check, config } from './schema.ts'

const reasons = {
  exceeded: { code: 'limit-exceeded', status: 429, message: 'API rate limit exceeded' },
} as const

export const rateLimiting = definePolicy({
  name: 'rate-limiting',
  phase: 'authorize',
  summary: 'Limit how often each caller may come in a second, minute, hour, day, month or year.',
  config,
  check,
  reasons,
  compile(given, { registry, useId }) {
    const { hide_client_headers: hide, error_code: status, error_message: message } = given
    const callerOf = callerNamer(given)
    const limits = PERIODS.filter((period) => given[period] !== null).map((period) => {
      const title = period[0]!.toUpperCase() + period.slice(1)
      return {
        most: given[period]!,
        // kept by the use and not by its config: another limit does not forget who came
        counter: registry.get(`rate-limiting:${useId}:${period}`, () => new Counter(period)),
        limitHeader: `X-RateLimit-Limit-${title}`,
        remainingHeader: `X-RateLimit-Remaining-${title}`,
      }
    })
    const reason = { ...reasons.exceeded, status }
    const silent = denied(reason, { message })

    function isExceeded(caller: string, now: number): boolean {
      let exceeded = false
      for (const { counter, most } of limits) if (counter.count(caller, now) >= most) exceeded = true
      return exceeded
    }

    /** Headers that tell the caller where it stands. @returns seconds until the window with the least left ends. */
    function tellLimits(exchange: Exchange, caller: string): number {
      const { now } = exchange
      let [least, limit, reset] = [Number.POSITIVE_INFINITY, 0, 0]
      for (const { counter, most, limitHeader, remainingHeader } of limits) {
        const left = Math.max(0, Math.floor(most - counter.count(caller, now)))
        exchange.setResponseHeader(limitHeader, String(most))
        exchange.setResponseHeader(remainingHeader, String(left))
        // of equals the longest: until then nothing more will be let through
        if (left <= least) [least, limit, reset] = [left, most, counter.secondsLeft(now)]
      }
      exchange.setResponseHeader('RateLimit-Limit', String(limit))
      exchange.setResponseHeader('RateLimit-Remaining', String(least))
      exchange.setResponseHeader('RateLimit-Reset', String(reset))
      return reset
    }

    return {
      request: function countCaller(exchange) {
        const caller = callerOf(exchange)
        const exceeded = isExceeded(caller, exchange.now)
        if (!exceeded) for (const { counter } of limits) counter.increment(caller)
        if (hide) return exceeded ? silent : next
        const reset = tellLimits(exchange, caller)
        return exceeded ? denied(reason, { message, headers: [['Retry-After', String(reset)]] }) : next
      },
    }
  },
})
