import { idIn, serviceOf, textIn } from '../flow.ts'
import { issueToken, renewInPlace } from '../issue-token.ts'
import { reasons } from '../reasons.ts'
import { tokens } from '../schema.ts'
import type { Grant } from './grant.ts'

const wrongToken = { problem: { failure: reasons.wrongRefreshToken } }

/**
 * Another access token (RFC 6749 §6). The old row is removed first, and only whoever removed it gets another: a refresh
 * token that was stolen and one that was not can't both be used.
 */
export const refreshToken: Grant = async (flow, client, parameters, exchange) => {
  const given = parameters.text('refresh_token')
  const row = given === undefined ? null : flow.directory.credentialBySecond(tokens.kind, given)
  if (row === null) return wrongToken
  const service = serviceOf(flow, exchange)
  const own = idIn(row.fields['service'])
  if (service !== null ? own !== service : own !== null) return wrongToken
  if (idIn(row.fields['credential']) !== client.row.id) return { problem: { failure: reasons.wrongClient } }
  const scope = textIn(row.fields['scope'])
  if (!flow.scopes.stillGranted(scope)) return { problem: { failure: reasons.scopeMismatch } }

  if (flow.config.reuse_refresh_token) return renewInPlace(flow, row, exchange.now)
  const removal = await flow.entities.remove(tokens.kind, row.id)
  if (removal.kind === 'unavailable') return { problem: { failure: reasons.noStore } }
  if (removal.kind !== 'done') return wrongToken
  const userId = textIn(row.fields['authenticated_userid'])
  return issueToken(flow, { client: client.row, service, userId, scope, isRenewable: true })
}
