import { quotedString } from '../../base/quoted-string.ts'
import { type Answered, answered, type Denied, denied } from '../../policy/verdict.ts'
import { type Failure, reasons } from './reasons.ts'

/** What was wrong with a request to an endpoint; `message` where the sentence names something of the request. */
export interface Problem {
  readonly failure: Failure
  readonly message?: string
}

/** Tokens and codes are for the client alone (RFC 6749 §5.1). */
export const NO_STORE: readonly (readonly [string, string])[] = [
  ['Cache-Control', 'no-store'],
  ['Pragma', 'no-cache'],
]

/** A refusal of an endpoint. `state` goes back to the client as it came. */
export function refused({ failure, message }: Problem, state?: string): Denied {
  const description = message ?? failure.message
  const isClientInHeader = failure === reasons.wrongClientInHeader
  return denied(failure, {
    fields: { error: failure.error, error_description: description, ...(state !== undefined && { state }) },
    headers: NO_STORE,
    ...(isClientInHeader && { challenge: 'Basic realm="OAuth2.0"' }),
  })
}

export function answer(body: Readonly<Record<string, unknown>>): Answered {
  const type = ['Content-Type', 'application/json; charset=utf-8'] as const
  return answered({ status: 200, headers: [type, ...NO_STORE], body: JSON.stringify(body) })
}

/** Refusals that carry a Bearer challenge. One blank and no comma between parameters, as Kong 3.9 sends them. */
export function challenges(realm: string | null) {
  const base = realm === null ? 'Bearer' : `Bearer realm=${quotedString(realm)}`
  const withError = (error: string, description: string) =>
    `${base} error=${quotedString(error)} error_description=${quotedString(description)}`
  const ofToken = (failure: Failure): Denied =>
    denied(failure, {
      fields: { error: failure.error, error_description: failure.message },
      // Also where the body says more: the challenge is the same for every token that is not taken.
      challenge: withError('invalid_token', reasons.tokenUnknown.message),
    })
  return {
    tokenMissing: denied(reasons.tokenMissing, {
      fields: { error: reasons.tokenMissing.error, error_description: reasons.tokenMissing.message },
      challenge: base,
    }),
    tokenUnknown: ofToken(reasons.tokenUnknown),
    tokenExpired: ofToken(reasons.tokenExpired),
    tokenOfOtherService: ofToken(reasons.tokenOfOtherService),
    tokenGlobal: ofToken(reasons.tokenGlobal),
    wrongMethod(method: string, endpoint: string): Denied {
      const description = `The HTTP method ${method} is invalid for the ${endpoint} endpoint`
      return denied(reasons.wrongMethod, {
        fields: { error: reasons.wrongMethod.error, error_description: description },
        challenge: withError(reasons.wrongMethod.error, description),
        headers: NO_STORE,
      })
    },
  }
}
