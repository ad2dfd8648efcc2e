/** The token endpoint (RFC 6749 §3.2): whatever a client has, for an access token. */
import type { Exchange } from '../../policy/exchange.ts'
import type { Answered, Denied } from '../../policy/verdict.ts'
import { clientOf, givenByClient, proofProblem, wrongClient } from './client-authentication.ts'
import type { Client } from './clients.ts'
import { type Flow, isWithoutService } from './flow.ts'
import { authorizationCode } from './grants/authorization-code.ts'
import { clientCredentials } from './grants/client-credentials.ts'
import type { Grant } from './grants/grant.ts'
import { password } from './grants/password.ts'
import { refreshToken } from './grants/refresh-token.ts'
import { Parameters } from './parameters.ts'
import { type Failure, reasons } from './reasons.ts'
import { answer, refused } from './refusals.ts'
import type { Config } from './schema.ts'
import { insecure } from './secure-transport.ts'

export async function giveToken(flow: Flow, exchange: Exchange): Promise<Answered | Denied> {
  const parameters = new Parameters(exchange)
  const state = parameters.text('state')
  const transport = insecure(exchange, flow.config.accept_http_if_already_terminated)
  if (transport !== null) return refused({ failure: transport }, state)

  const grant = grantOf(parameters.text('grant_type'), flow.config)
  const judged = await judge(flow, exchange, parameters, grant)
  if (judged.problem !== null) return refused({ failure: judged.problem }, state)
  if (isWithoutService(flow, exchange)) return refused({ failure: reasons.noService }, state)
  const issued = await judged.grant(flow, judged.client, parameters, exchange)
  if (issued.problem !== null) return refused(issued.problem, state)
  return answer({ ...issued.token, ...(state !== undefined && { state }) })
}

/** Codes and refresh tokens are always taken: nobody has one who could not get it. */
function grantOf(type: string | undefined, config: Config): Grant | null {
  switch (type) {
    case 'authorization_code':
      return authorizationCode
    case 'refresh_token':
      return refreshToken
    case 'client_credentials':
      return config.enable_client_credentials ? clientCredentials : null
    case 'password':
      return config.enable_password_grant ? password : null
    default:
      return null
  }
}

type Judged = { readonly grant: Grant; readonly client: Client; readonly problem: null } | { readonly problem: Failure }

/** Kong makes all of these checks, and tells the last one that fails. */
async function judge(flow: Flow, exchange: Exchange, parameters: Parameters, grant: Grant | null): Promise<Judged> {
  let problem: Failure | null = grant === null ? reasons.wrongGrant : null
  const given = givenByClient(exchange, parameters, flow.config.auth_header_name ?? 'authorization')
  const client = clientOf(flow.directory, given)
  const isForItself = parameters.text('grant_type') === 'client_credentials'
  if (client === null) return { problem: wrongClient(given.isInHeader && !isForItself) }
  if (!isForItself) {
    // A client without redirect URIs takes part in no flow but that of its own.
    if (client.redirectUris === null) problem = wrongClient(given.isInHeader)
    else if (!client.redirectUris.includes((parameters.find('redirect_uri') ?? client.redirectUris[0]) as string)) {
      problem = reasons.wrongRedirect
    }
  }
  const proof = await proofProblem(client, given, flow.secrets)
  if (proof !== null) problem = proof
  return grant === null || problem !== null ? { problem: problem ?? reasons.wrongGrant } : { grant, client, problem }
}
