import { type HeaderBlock, headerBlock } from '../../base/header-block.ts'
import type { Directory } from '../../policy/directory.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { derivedOf, type Identity } from '../../policy/identity.ts'
import type { IdentityMemo } from '../../policy/identity-memo.ts'
import type { Verdict } from '../../policy/verdict.ts'
import { tokenFinder } from './bearer-token.ts'
import { textIn } from './flow.ts'
import { tokenProblem } from './judge-token.ts'
import type { challenges } from './refusals.ts'
import { type Config, tokens } from './schema.ts'
import { split } from './scopes.ts'

export const SCOPE = 'X-Authenticated-Scope'
export const USER_ID = 'X-Authenticated-UserId'

/** Who makes the header lines that hang on an identity. */
const LINES = {}

/**
 * Identifies a consumer by an access token. A token that was seen lately costs its look-up and a few compares: nothing is
 * hashed, nothing parsed, and the store is not asked.
 */
export function identifyByToken(
  config: Config,
  directory: Directory,
  memo: IdentityMemo,
  refusals: ReturnType<typeof challenges>,
): (exchange: Exchange) => Verdict {
  const find = tokenFinder(config.auth_header_name ?? 'authorization', config.hide_credentials)

  return function identifyByToken(exchange) {
    const given = find(exchange)
    if (given === null) return refusals.tokenMissing
    const token = directory.credential(tokens.kind, given)
    const service = exchange.route?.service?.id ?? null
    const problem = tokenProblem(token, service, config.global_credentials, exchange.now)
    if (problem !== null) return refusals[problem]
    const { id, fields, stamp } = token!
    const consumer = token!.consumer!
    const client = token!.parent!
    const verdict = memo.identified(token!, consumer, () => ({
      policy: 'oauth2',
      consumer,
      credential: { id: client.id, identifier: String(client.fields['client_id']), stamp: client.stamp },
      proof: { id, stamp },
      claims: null,
      groups: null,
      scopes: split(textIn(fields['scope']) ?? ''),
      anonymous: false,
    }))
    const lines = derivedOf(verdict.identity, LINES, (identity) =>
      told(identity, textIn(fields['authenticated_userid'])),
    )
    if (lines !== null) exchange.addHeaders(lines)
    return verdict
  }
}

/** What the service hears beside who the consumer is; null for nothing. */
function told({ scopes }: Identity, userId: string | null): HeaderBlock | null {
  const lines: [string, string][] = []
  if (scopes !== null && scopes.length > 0) lines.push([SCOPE, scopes.join(' ')])
  if (userId !== null) lines.push([USER_ID, userId])
  return lines.length === 0 ? null : headerBlock(lines)
}
