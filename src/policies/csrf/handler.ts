import type { Exchange } from '../../policy/exchange.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { check, config } from './schema.ts'
import { compileTextMatch } from './text-match.ts'

const reasons = {
  invalidOrigin: { code: 'origin-invalid', status: 403, message: 'Invalid origin' },
} as const
const invalidOrigin = denied(reasons.invalidOrigin)

/** Methods that change something. */
const CHANGING: ReadonlySet<string> = new Set(['POST', 'PUT', 'DELETE', 'PATCH'])

export const csrf = definePolicy({
  name: 'csrf',
  phase: 'guard',
  summary: 'Refuse requests that change something and that a page of another origin sends.',
  config,
  check,
  reasons,
  compile({ enabledPercent, shadowPercent, additionalOrigins }, { log }) {
    const additional = additionalOrigins.map(compileTextMatch)

    function isFromHere(exchange: Exchange): boolean {
      const source = sourceOf(exchange)
      if (source === '') return false
      return source === exchange.host || additional.some((matches) => matches(source))
    }

    return {
      request: function checkOrigin(exchange) {
        if (!CHANGING.has(exchange.method)) return next
        const isEnabled = drawn(enabledPercent)
        if (!isEnabled && !drawn(shadowPercent)) return next
        if (isFromHere(exchange)) return next
        if (isEnabled) return invalidOrigin
        log.warn({ policy: 'csrf', route: exchange.route?.id ?? null }, 'a request of another origin would be refused')
        return next
      },
    }
  },
})

/** Whether this request is one of so many in a hundred. */
function drawn(percent: number): boolean {
  return percent >= 100 || (percent > 0 && Math.random() * 100 < percent)
}

/** Host and port of the page that sends a request; empty where the browser does not say. */
function sourceOf(exchange: Exchange): string {
  const said = exchange.header('origin') || exchange.header('referer') || ''
  const written = /^[A-Za-z][A-Za-z0-9+.-]*:\/\/([^/?#]*)/.exec(said)
  return written === null ? said : written[1]!
}
