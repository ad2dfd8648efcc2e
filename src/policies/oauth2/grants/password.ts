import { serviceOf } from '../flow.ts'
import { issueToken } from '../issue-token.ts'
import { hasProvisionKey } from '../provision-key.ts'
import { reasons } from '../reasons.ts'
import type { Grant } from './grant.ts'

/** A user whose password the calling application has checked (RFC 6749 §4.3); the provision key says that it has. */
export const password: Grant = async (flow, client, parameters, exchange) => {
  if (!hasProvisionKey(parameters, flow.config.provision_key))
    return { problem: { failure: reasons.wrongProvisionKey } }
  const userId = parameters.filled('authenticated_userid')
  if (userId === undefined) return { problem: { failure: reasons.noUserId } }
  const requested = flow.scopes.requested(parameters.find('scope'))
  if (requested.problem !== null) return requested
  return issueToken(flow, {
    client: client.row,
    service: serviceOf(flow, exchange),
    userId,
    scope: requested.scope,
    isRenewable: true,
  })
}
