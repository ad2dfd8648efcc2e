import { serviceOf } from '../flow.ts'
import { issueToken } from '../issue-token.ts'
import { hasProvisionKey } from '../provision-key.ts'
import { reasons } from '../reasons.ts'
import type { Grant } from './grant.ts'

/** A client that speaks for itself (RFC 6749 §4.4), or, with the provision key, for a user. */
export const clientCredentials: Grant = async (flow, client, parameters, exchange) => {
  // RFC 6749 §4.4: whoever has read its id, which is no secret, would be the client.
  if (client.isPublic) return { problem: { failure: reasons.publicForItself } }
  const speaksForUser = parameters.find('authenticated_userid') !== undefined
  if (speaksForUser && !hasProvisionKey(parameters, flow.config.provision_key)) {
    return { problem: { failure: reasons.wrongProvisionKey } }
  }
  const requested = flow.scopes.requested(parameters.find('scope'))
  if (requested.problem !== null) return requested
  return issueToken(flow, {
    client: client.row,
    service: serviceOf(flow, exchange),
    userId: parameters.text('authenticated_userid') ?? null,
    scope: requested.scope,
    isRenewable: false,
  })
}
