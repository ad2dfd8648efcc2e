import { digestOfCode } from '../authorize.ts'
import { idIn, serviceOf, textIn } from '../flow.ts'
import { issueToken } from '../issue-token.ts'
import { verifierProblem } from '../pkce.ts'
import { reasons } from '../reasons.ts'
import { codes } from '../schema.ts'
import type { Grant } from './grant.ts'

const wrongCode = { problem: { failure: reasons.wrongCode } }

/**
 * A code for a token (RFC 6749 §4.1.3). The code is removed first, and only whoever removed it gets the token: of any
 * number that come with one code at once, on whichever worker or node, one does.
 */
export const authorizationCode: Grant = async (flow, client, parameters, exchange) => {
  const code = parameters.text('code')
  const row = code === undefined ? null : flow.directory.credential(codes.kind, digestOfCode(code))
  if (row === null) return wrongCode
  const { fields } = row
  const service = serviceOf(flow, exchange)
  if (idIn(fields['service']) !== service) return wrongCode
  if (service === null && idIn(fields['plugin']) !== flow.useId) return wrongCode
  if (idIn(fields['credential']) !== client.row.id) return wrongCode
  const challenge = textIn(fields['challenge'])
  const verifier = parameters.find('code_verifier')
  // Who has a verifier sent a challenge: where none arrived, somebody took it out on the way (RFC 9700 §4.8.2).
  if (challenge === null && verifier !== undefined && verifier !== '') return wrongCode
  const failure = challenge === null ? null : verifierProblem(verifier, challenge)
  if (failure !== null) return { problem: { failure } }

  const removal = await flow.entities.remove(codes.kind, row.id)
  if (removal.kind === 'unavailable') return { problem: { failure: reasons.noStore } }
  if (removal.kind !== 'done') return wrongCode
  return issueToken(flow, {
    client: client.row,
    service,
    userId: textIn(fields['authenticated_userid']),
    scope: textIn(fields['scope']),
    isRenewable: true,
  })
}
