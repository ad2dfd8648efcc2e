import { base64urlBytes, type DecodeBase64 } from '../../base/base64url.ts'
import { type JsonObject, jsonObject } from '../../base/strict-json.ts'

/** A JWS in compact serialisation (RFC 7515 §7.1), taken apart; nothing in it is believed yet. */
export interface CompactJws {
  readonly header: JsonObject
  readonly payload: Buffer
  /** The bytes that were signed: header and payload as sent, with the dot between them. */
  readonly signingInput: Buffer
  /** Null when what follows the second dot is not one canonical base64url part. */
  readonly signature: Buffer | null
}

/**
 * @param decode what reads a part; by default only canonical base64url will do.
 * @returns null unless the text begins with two good parts and a second dot, the first part being a
 *   JSON object.
 */
export function decodeCompact(token: string, decode: DecodeBase64 = base64urlBytes): CompactJws | null {
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first === -1 || second === -1) return null
  const headerBytes = decode(token.slice(0, first))
  const payload = decode(token.slice(first + 1, second))
  if (headerBytes === null || payload === null) return null
  const header = jsonObject(headerBytes)
  if (header === null) return null
  const signature = decode(token.slice(second + 1))
  return { header, payload, signingInput: Buffer.from(token.slice(0, second), 'latin1'), signature }
}

/**
 * True when the header demands something we do not do: an extension listed in `crit` (RFC 7515 §4.1.11: it must be
 * understood or the token refused, and we understand none), or an unencoded payload (RFC 7797).
 */
export function asksForExtension(header: JsonObject): boolean {
  return Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')
}
