/** Proof Key for Code Exchange (RFC 7636), by SHA-256 only: a plain challenge protects against nobody who sees it. */
import { hash } from 'node:crypto'
import { sameSecret } from '../../identity/password/same-secret.ts'
import { type FoundField, notText, several } from '../../policy/body/body-field.ts'
import type { Client } from './clients.ts'
import { type Failure, reasons } from './reasons.ts'

export interface Challenge {
  readonly challenge: FoundField
  readonly method: FoundField
}

/** @returns what is wrong with the challenge in a request for a code, or null. */
export function challengeProblem(
  { challenge, method }: Challenge,
  mode: string | null,
  client: Client,
): Failure | null {
  const isGiven = typeof challenge === 'string' && challenge !== ''
  if (method !== undefined && !isGiven) return reasons.noChallenge
  // Without a method the challenge would be a plain one (§4.3), which is not taken either.
  if (isGiven && method !== 'S256' && method !== 's256') return reasons.wrongChallengeMethod
  if (isGiven) return null
  if (client.isPublic) return mode === 'lax' || mode === 'strict' ? reasons.publicNeedsChallenge : null
  return mode === 'strict' ? reasons.confidentialNeedsChallenge : null
}

/** @returns what is wrong with the verifier for a code that was given against that challenge, or null. */
export function verifierProblem(verifier: FoundField, challenge: string): Failure | null {
  if (verifier === undefined || verifier === '') return reasons.noVerifier
  if (verifier === notText || verifier === several) return reasons.verifierNotText
  if (verifier.length < 43 || verifier.length > 128) return reasons.verifierLength
  return sameSecret(hash('sha256', verifier, 'base64url'), challenge) ? null : reasons.wrongVerifier
}
