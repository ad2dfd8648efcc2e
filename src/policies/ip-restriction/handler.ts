import { isIP } from 'node:net'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { rangeMatcher } from './addresses.ts'
import { check, config } from './schema.ts'

const reasons = {
  notAllowed: { code: 'address-not-allowed', status: 403, message: 'IP address not allowed' },
} as const

export const ipRestriction = definePolicy({
  name: 'ip-restriction',
  phase: 'authorize',
  summary: 'Let only callers from some addresses pass, or all but those.',
  config,
  check,
  reasons,
  compile({ allow, deny, status, message }) {
    const isAllowed = allow === null || allow.length === 0 ? null : rangeMatcher(allow)
    const isDenied = rangeMatcher(deny ?? [])
    const reason = { ...reasons.notAllowed, status: status ?? reasons.notAllowed.status }

    return {
      request: function goByAddress({ clientIp: ip }) {
        // What a trusted proxy vouched for may be no address at all: then no rule can speak for it.
        const passes = isIP(ip) !== 0 && !isDenied(ip) && (isAllowed === null || isAllowed(ip))
        return passes ? next : denied(reason, { message: message ?? `IP address not allowed: ${ip}` })
      },
    }
  },
})
