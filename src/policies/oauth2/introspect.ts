/** The introspection endpoint (RFC 7662): what a token is worth, told to clients that prove themselves. */
import type { Credential } from '../../policy/directory.ts'
import type { Exchange } from '../../policy/exchange.ts'
import type { Answered, Denied } from '../../policy/verdict.ts'
import { clientOf, givenByClient, proofProblem, wrongClient } from './client-authentication.ts'
import { type Flow, textIn } from './flow.ts'
import { endOf, tokenProblem } from './judge-token.ts'
import { Parameters } from './parameters.ts'
import { reasons } from './reasons.ts'
import { answer, refused } from './refusals.ts'
import { tokens } from './schema.ts'
import { insecure } from './secure-transport.ts'

export async function introspect(flow: Flow, exchange: Exchange): Promise<Answered | Denied> {
  const parameters = new Parameters(exchange)
  const transport = insecure(exchange, flow.config.accept_http_if_already_terminated)
  if (transport !== null) return refused({ failure: transport })
  const given = givenByClient(exchange, parameters, flow.config.auth_header_name ?? 'authorization')
  const client = clientOf(flow.directory, given)
  // A public client proves nothing: asking would be free for everybody, and tokens could be tried (§4).
  if (client === null || client.isPublic) return refused({ failure: wrongClient(given.isInHeader) })
  const failure = await proofProblem(client, given, flow.secrets)
  if (failure !== null) return refused({ failure })
  const token = parameters.text('token')
  if (token === undefined) return refused({ failure: reasons.nothingToTell })
  return answer(worthOf(flow, exchange, token))
}

/** Of a token that is not good, nothing is told but that (§2.2). `token_type_hint` only says where to look first. */
function worthOf(flow: Flow, exchange: Exchange, text: string): Readonly<Record<string, unknown>> {
  const { directory, config } = flow
  const access = directory.credential(tokens.kind, text)
  const service = exchange.route?.service?.id ?? null
  if (access !== null) {
    const problem = tokenProblem(access, service, config.global_credentials, exchange.now)
    return problem === null ? { ...facts(access), token_type: 'bearer', ...times(access, endOf(access)) } : INACTIVE
  }
  const refresh = directory.credentialBySecond(tokens.kind, text)
  // A refresh token outlives the access token beside it.
  const problem = tokenProblem(refresh, service, config.global_credentials, Number.NEGATIVE_INFINITY)
  return refresh === null || problem !== null ? INACTIVE : { ...facts(refresh), ...times(refresh, refresh.expiresAt) }
}

const INACTIVE = { active: false }

function facts({ fields, parent, consumer }: Credential): Readonly<Record<string, unknown>> {
  const [scope, userId] = [textIn(fields['scope']), textIn(fields['authenticated_userid'])]
  return {
    active: true,
    client_id: parent?.fields['client_id'],
    ...(scope !== null && { scope }),
    ...(userId !== null && { sub: userId }),
    ...(consumer !== null && consumer.username !== null && { username: consumer.username }),
  }
}

/** @param end milliseconds since the epoch; null for never. */
function times({ fields }: Credential, end: number | null): Readonly<Record<string, unknown>> {
  return { iat: fields['created_at'], ...(end !== null && { exp: Math.floor(end / 1000) }) }
}
