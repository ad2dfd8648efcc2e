/**
 * The authorization endpoint (RFC 6749 §3.1), Kong's way: the application that asked the user for consent calls it, and is
 * told where to send the browser.
 */
import { hash } from 'node:crypto'
import { randomText } from '../../base/random-text.ts'
import type { Exchange } from '../../policy/exchange.ts'
import type { Answered, Denied } from '../../policy/verdict.ts'
import { type Client, clientWithId } from './clients.ts'
import { type Flow, isWithoutService, serviceOf } from './flow.ts'
import { issueToken } from './issue-token.ts'
import { Parameters } from './parameters.ts'
import { challengeProblem } from './pkce.ts'
import { hasProvisionKey } from './provision-key.ts'
import { reasons } from './reasons.ts'
import { redirectTo } from './redirect.ts'
import { answer, type Problem, refused } from './refusals.ts'
import { codes } from './schema.ts'
import { insecure } from './secure-transport.ts'

/** Seconds for which a code can be exchanged. */
const CODE_LIFETIME = 300

/** A request for consent to be put into effect. */
interface Consent {
  readonly client: Client
  readonly redirectUri: string
  readonly userId: string
  readonly scope: string | null
  readonly isImplicit: boolean
  readonly challenge: string | null
}
type Judged =
  | { readonly consent: Consent; readonly problem: null }
  /** `redirectUri` is where the client may hear of it; null when it is not known. */
  | { readonly problem: Problem; readonly redirectUri: string | null }

export async function authorize(flow: Flow, exchange: Exchange): Promise<Answered | Denied> {
  const parameters = new Parameters(exchange)
  const state = parameters.text('state')
  const judged = judge(flow, exchange, parameters)
  if (judged.problem !== null) return refusal(judged.problem, judged.redirectUri, state)
  if (isWithoutService(flow, exchange)) return refused({ failure: reasons.noService }, state)
  const { consent } = judged
  return consent.isImplicit ? giveToken(flow, exchange, consent, state) : giveCode(flow, exchange, consent, state)
}

/** The checks in Kong's order. Those from the response type on are all made, and the last one that fails is told. */
function judge(flow: Flow, exchange: Exchange, parameters: Parameters): Judged {
  const { config } = flow
  const unknown = (failure: Problem['failure']): Judged => ({ problem: { failure }, redirectUri: null })
  const transport = insecure(exchange, config.accept_http_if_already_terminated)
  if (transport !== null) return unknown(transport)
  if (!hasProvisionKey(parameters, config.provision_key)) return unknown(reasons.wrongProvisionKey)
  const userId = parameters.filled('authenticated_userid')
  if (userId === undefined) return unknown(reasons.noUserId)

  let problem: Problem | null = null
  const responseType = parameters.text('response_type')
  const isCode = responseType === 'code' && config.enable_authorization_code
  const isImplicit = responseType === 'token' && config.enable_implicit_grant
  if (!isCode && !isImplicit) problem = { failure: reasons.wrongResponseType }

  const requested = flow.scopes.requested(parameters.find('scope'))
  if (requested.problem !== null) problem = requested.problem

  const client = clientWithId(flow.directory, parameters.text('client_id'))
  if (client === null || client.redirectUris === null) return unknown(reasons.wrongClient)
  const [first] = client.redirectUris
  const wanted = parameters.find('redirect_uri') ?? first
  const isRegistered = typeof wanted === 'string' && client.redirectUris.includes(wanted)
  if (!isRegistered) problem = { failure: reasons.wrongRedirect }
  const redirectUri = isRegistered ? wanted : first!

  const challenge = parameters.find('code_challenge')
  if (responseType === 'code') {
    const method = parameters.find('code_challenge_method')
    const failure = challengeProblem({ challenge, method }, config.pkce, client)
    if (failure !== null) problem = { failure }
  }
  if (problem !== null) return { problem, redirectUri }
  const scope = requested.problem === null ? requested.scope : null
  const given = isCode && typeof challenge === 'string' && challenge !== '' ? challenge : null
  return { consent: { client, redirectUri, userId, scope, isImplicit, challenge: given }, problem: null }
}

async function giveCode(flow: Flow, exchange: Exchange, consent: Consent, state?: string) {
  const code = randomText()
  const service = serviceOf(flow, exchange)
  const outcome = await flow.entities.create(
    codes.kind,
    {
      credential: { id: consent.client.row.id },
      service: service === null ? null : { id: service },
      plugin: { id: flow.useId },
      code: digestOfCode(code),
      authenticated_userid: consent.userId,
      scope: consent.scope,
      challenge: consent.challenge,
      challenge_method: consent.challenge === null ? null : 'S256',
    },
    CODE_LIFETIME,
  )
  if (outcome.kind !== 'done') return refused({ failure: reasons.noStore }, state)
  return answer({ redirect_uri: redirectTo(consent.redirectUri, { code, state }, 'query') })
}

async function giveToken(flow: Flow, exchange: Exchange, consent: Consent, state?: string) {
  const issued = await issueToken(flow, {
    client: consent.client.row,
    service: serviceOf(flow, exchange),
    userId: consent.userId,
    scope: consent.scope,
    isRenewable: false,
  })
  if (issued.problem !== null) return refused(issued.problem, state)
  return answer({ redirect_uri: redirectTo(consent.redirectUri, { ...issued.token, state }, 'fragment') })
}

/** Told to the client by way of the browser where its address is known; else to the caller alone. */
function refusal(problem: Problem, redirectUri: string | null, state?: string): Denied {
  const plain = refused(problem, state)
  if (redirectUri === null) return plain
  const told = redirectTo(redirectUri, { ...plain.detail.fields }, 'query')
  return { ...plain, detail: { ...plain.detail, fields: { redirect_uri: told } } }
}

/** What is kept of a code: whoever reads the store can't exchange it. */
export const digestOfCode = (code: string): string => hash('sha256', code, 'base64url')
