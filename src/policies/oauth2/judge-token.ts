import type { Credential } from '../../policy/directory.ts'
import { idIn } from './flow.ts'
import { reasons } from './reasons.ts'

export type TokenFailure = 'tokenUnknown' | 'tokenExpired' | 'tokenOfOtherService' | 'tokenGlobal'

/**
 * Whether an access token is good here and now.
 *
 * @param service the service asked for; null when there is none.
 * @param now milliseconds since the epoch.
 * @returns which of the reasons it is refused for, or null.
 */
export function tokenProblem(
  token: Credential | null,
  service: string | null,
  takesGlobal: boolean,
  now: number,
): TokenFailure | null {
  if (token === null) return 'tokenUnknown'
  const own = idIn(token.fields['service'])
  if (own === null && !takesGlobal) return 'tokenGlobal'
  if (own !== null && own !== service) return 'tokenOfOtherService'
  if (isOver(token, now)) return 'tokenExpired'
  // Whose client or consumer is gone speaks for nobody.
  return token.parent === null || token.consumer === null ? 'tokenUnknown' : null
}

/** Milliseconds since the epoch; null for never. */
export function endOf({ fields }: Credential): number | null {
  const [createdAt, expiresIn] = [Number(fields['created_at']), Number(fields['expires_in'])]
  return expiresIn > 0 ? (createdAt + expiresIn) * 1000 : null
}

function isOver(token: Credential, now: number): boolean {
  const end = endOf(token)
  // A row whose numbers are none is over: anything but `now <= end` is.
  return end !== null && !(now <= end)
}

export const failureOf = (name: TokenFailure) => reasons[name]
