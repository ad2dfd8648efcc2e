import { quotedString } from '../../base/quoted-string.ts'
import { type JsonObject, member, memberAt } from '../../base/strict-json.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { check, config, type Demand } from './schema.ts'

const reasons = {
  noClaims: { code: 'claims-missing', status: 401, message: 'Unauthorized' },
  scope: { code: 'scope-insufficient', status: 403, message: 'Insufficient scope' },
  claim: { code: 'claim-insufficient', status: 403, message: 'You cannot consume this service' },
} as const

/** Where scopes are unless told: RFC 8693 §4.2, then what Entra ID and Okta use, then what others do. */
const SCOPE_CLAIMS = ['scope', 'scp', 'scopes']

export const requireClaims = definePolicy({
  name: 'require-claims',
  phase: 'authorize',
  summary: 'Let only tokens with some scopes or claims pass.',
  config,
  check,
  reasons,
  compile({ scopes, scopes_match, scope_claim, claims: demands, realm }) {
    const base = realm === null ? [] : [`realm=${quotedString(realm)}`]
    const bearer = (...parameters: string[]) => ['Bearer', [...base, ...parameters].join(', ')].join(' ').trimEnd()
    const insufficient = 'error="insufficient_scope"'
    // RFC 6750 §3.1: the answer may say which scopes would do.
    const noClaims = denied(reasons.noClaims, { challenge: bearer() })
    const noScope = denied(reasons.scope, { challenge: bearer(insufficient, `scope="${scopes.join(' ')}"`) })
    const noClaim = denied(reasons.claim, { challenge: bearer(insufficient) })

    const scopeClaims = scope_claim === null ? SCOPE_CLAIMS : [scope_claim]
    const met = demands.map(judgeOf)

    return {
      request: function demandClaims(exchange) {
        const claims = exchange.principal.identities.findLast((identity) => identity.claims !== null)?.claims ?? null
        if (claims === null) return noClaims
        if (scopes.length > 0) {
          const held = scopesIn(claims, scopeClaims)
          const has = (scope: string) => held.includes(scope)
          if (!(scopes_match === 'all' ? scopes.every(has) : scopes.some(has))) return noScope
        }
        for (const isMet of met) if (!isMet(claims)) return noClaim
        return next
      },
    }
  },
})

/** The scopes of the first of the claims that is there: text split at spaces, or a list of texts. */
function scopesIn(claims: JsonObject, names: readonly string[]): readonly unknown[] {
  for (const name of names) {
    const value = member(claims, name)
    if (typeof value === 'string') return value.split(' ')
    if (Array.isArray(value)) return value
  }
  return []
}

function judgeOf({ claim, path, values, match }: Demand): (claims: JsonObject) => boolean {
  const find =
    claim !== null
      ? (claims: JsonObject) => member(claims, claim)
      : (claims: JsonObject) => memberAt(claims, path ?? [])
  return function isMet(claims) {
    const value = find(claims)
    if (value === undefined || value === null) return false
    if (values.length === 0) return true
    const held = (Array.isArray(value) ? value : [value]).map(comparable)
    const has = (wanted: string) => held.includes(wanted)
    return match === 'all' ? values.every(has) : values.some(has)
  }
}

/** Numbers and booleans are compared as they are written; nothing else equals a text. */
function comparable(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
}
