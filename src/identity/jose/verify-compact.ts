import { asksForExtension, type CompactJws, decodeCompact } from './compact.ts'
import { verifySignature } from './signature.ts'
import type { VerificationKey } from './verification-key.ts'

/** The token taken apart, when it is well-formed and signed with the key by the key's algorithm; else null. */
export function verifyCompact(token: string, key: VerificationKey): CompactJws | null {
  const jws = decodeCompact(token)
  if (jws === null || jws.signature === null || asksForExtension(jws.header)) return null
  if (jws.header['alg'] !== key.algorithm) return null
  return verifySignature(key, jws.signingInput, jws.signature) ? jws : null
}
