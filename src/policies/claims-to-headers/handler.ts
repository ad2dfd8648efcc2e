import { type HeaderBlock, headerBlock } from '../../base/header-block.ts'
import { type JsonObject, member, memberAt } from '../../base/strict-json.ts'
import { derivedOf, type Identity } from '../../policy/identity.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { claimText } from './claim-text.ts'
import { check, config, type Handover } from './schema.ts'

const reasons = {
  claimMissing: { code: 'claim-missing', status: 403, message: 'A required claim is missing' },
} as const
const claimMissing = denied(reasons.claimMissing)

export const claimsToHeaders = definePolicy({
  name: 'claims-to-headers',
  phase: 'shape',
  summary: 'Hand verified claims to the service as headers.',
  config,
  check,
  reasons,
  identityHeaders: ({ claims }) => claims.map(({ header }) => header),
  compile(given) {
    const handovers = given.claims.map((handover) => ({ ...handover, find: finder(handover) }))
    const anyRequired = given.claims.some(({ required }) => required)

    /** @returns null when a required claim is missing. */
    function headersFrom({ claims }: Identity): HeaderBlock | null {
      const lines: [string, string][] = []
      for (const { header, find, default: standard, required } of handovers) {
        const value = find(claims!) ?? null
        const text = value === null ? standard && claimText(standard, given) : claimText(value, given)
        if (text !== null) lines.push([header, text])
        else if (required) return null
      }
      return headerBlock(lines)
    }

    return {
      request: function handOver(exchange) {
        const identity = exchange.principal.identities.findLast(({ claims }) => claims !== null)
        if (identity === undefined || identity.claims === null) return anyRequired ? claimMissing : next
        const block = derivedOf(identity, given, headersFrom)
        if (block === null) return claimMissing
        exchange.addHeaders(block)
        return next
      },
    }
  },
})

function finder({ claim, path }: Handover): (claims: JsonObject) => unknown {
  if (claim !== null) return (claims) => member(claims, claim)
  return (claims) => memberAt(claims, path ?? [])
}
