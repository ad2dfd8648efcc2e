import { base64urlBytes } from '../../base/base64url.ts'
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
 * @returns null unless the text begins with two canonical base64url parts and a second dot, the first part being a
 *   JSON object.
 */
export function decodeCompact(token: string): CompactJws | null {
  const first = token.indexOf('.')
  const second = token.indexOf('.', first + 1)
  if (first === -1 || second === -1) return null
  const headerBytes = base64urlBytes(token.slice(0, first))
  const payload = base64urlBytes(token.slice(first + 1, second))
  if (headerBytes === null || payload === null) return null
  const header = jsonObject(headerBytes)
  if (header === null) return null
  const signature = base64urlBytes(token.slice(second + 1))
  return { header, payload, signingInput: Buffer.from(token.slice(0, second), 'latin1'), signature }
}

/**
 * True when the header demands something we do not do: an extension listed in `crit` (RFC 7515 §4.1.11: it must be
 * understood or the token refused, and we understand none), or an unencoded payload (RFC 7797).
 */
export function asksForExtension(header: JsonObject): boolean {
  return Object.hasOwn(header, 'crit') || Object.hasOwn(header, 'b64')
}
