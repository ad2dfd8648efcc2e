import { randomText } from '../../base/random-text.ts'
import type { Credential } from '../../policy/directory.ts'
import type { EntityOutcome } from '../../policy/entities.ts'
import type { Flow } from './flow.ts'
import { reasons } from './reasons.ts'
import type { Problem } from './refusals.ts'
import { tokens } from './schema.ts'

export interface TokenRequest {
  readonly client: Credential
  /** Null: every one. */
  readonly service: string | null
  readonly userId: string | null
  readonly scope: string | null
  /** False for grants that give no refresh token. */
  readonly isRenewable: boolean
}

/** What a client is told of its token. */
export interface Token {
  readonly access_token: string
  readonly token_type: 'bearer'
  readonly expires_in?: number
  readonly refresh_token?: string
}
export type Issued = { readonly token: Token; readonly problem: null } | { readonly problem: Problem }

/** Makes a token and keeps it. */
export async function issueToken(flow: Flow, request: TokenRequest): Promise<Issued> {
  const { expiresIn, lifetime } = terms(flow)
  const accessToken = randomText()
  const refreshToken = request.isRenewable && expiresIn > 0 ? randomText() : null
  const fields = {
    credential: { id: request.client.id },
    service: request.service === null ? null : { id: request.service },
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: expiresIn,
    authenticated_userid: request.userId,
    scope: request.scope,
  }
  // Nobody can renew a token without a refresh token: it goes when it is over, where nothing else says when.
  const goesAfter = lifetime ?? (refreshToken === null && expiresIn > 0 ? expiresIn : null)
  return settled(await flow.entities.create(tokens.kind, fields, goesAfter), accessToken, expiresIn, refreshToken)
}

/** Gives the token another access token, with the refresh token it has. The row goes when it would have gone. */
export async function renewInPlace(flow: Flow, row: Credential, now: number): Promise<Issued> {
  const { expiresIn } = terms(flow)
  const accessToken = randomText()
  const outcome = await flow.entities.change(tokens.kind, row.id, {
    access_token: accessToken,
    expires_in: expiresIn,
    created_at: Math.floor(now / 1000),
  })
  return settled(outcome, accessToken, expiresIn, String(row.fields['refresh_token']))
}

/** Seconds: of the access token, and of the row (null: for ever). */
function terms({ config }: Flow): { expiresIn: number; lifetime: number | null } {
  const expiresIn = Math.max(0, Math.ceil(config.token_expiration))
  return { expiresIn, lifetime: expiresIn > 0 && config.refresh_token_ttl > 0 ? config.refresh_token_ttl : null }
}

function settled(outcome: EntityOutcome, accessToken: string, expiresIn: number, refreshToken: string | null): Issued {
  switch (outcome.kind) {
    case 'done':
      return {
        token: {
          access_token: accessToken,
          token_type: 'bearer',
          ...(expiresIn > 0 && { expires_in: expiresIn }),
          ...(refreshToken !== null && { refresh_token: refreshToken }),
        },
        problem: null,
      }
    case 'missing':
      // The client, or the token that was to be renewed, went while we were at it.
      return { problem: { failure: reasons.wrongClient } }
    case 'conflict':
    case 'unavailable':
      return { problem: { failure: reasons.noStore } }
  }
}
