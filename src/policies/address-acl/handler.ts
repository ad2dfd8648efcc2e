import { ipAddress } from '../../base/ip-address.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { addMetadata } from '../../policy/metadata.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { LongestRange } from './longest-range.ts'
import { check, config } from './schema.ts'

const METADATA = 'dev.kgateway.http.acl'

const reasons = {
  blocked: { code: 'address-blocked', status: 403, message: '' },
} as const

export const addressAcl = definePolicy({
  name: 'address-acl',
  phase: 'guard',
  summary: 'Allow or deny callers by address; the longest range that holds it decides.',
  config,
  check,
  reasons,
  compile({ defaultAction, rules, status, headers, blockedByHeader }) {
    const ranges = new LongestRange<(typeof rules)[number]>()
    for (const rule of rules) for (const range of rule.ranges) ranges.add(range, rule)
    const lines = headers.map(({ name, value }): [string, string] => [name, value])

    function block(exchange: Exchange, by: string) {
      addMetadata(exchange, METADATA, { 'blocked-by': by })
      const all = blockedByHeader === null ? lines : [...lines, [blockedByHeader, by] as const]
      return denied(reasons.blocked, { status, headers: all, log: `blocked by ${by}` })
    }

    return {
      request: function judge(exchange) {
        const address = ipAddress(exchange.clientIp)
        if (address === null) return block(exchange, 'unknown-ip')
        const rule = ranges.find(address)
        if (rule === undefined) return defaultAction === 'allow' ? next : block(exchange, 'default')
        return rule.action === 'allow' ? next : block(exchange, rule.name ?? 'rule')
      },
    }
  },
})
