/**
 * Base64url as RFC 7515 §2 has it: no padding, no other character, and only the one spelling of each byte string
 * (unused bits are zero). A decoder that is any laxer gives one token many texts.
 *
 * @returns the bytes, or null when the text is not canonical base64url. The empty text is the empty byte string.
 */
export function base64urlBytes(text: string): Buffer | null {
  const bytes = Buffer.from(text, 'base64url')
  // Node skips what it does not know; writing the bytes again shows whether it skipped anything.
  return bytes.toString('base64url') === text ? bytes : null
}

/** How a part of a token becomes bytes; null for what is none. */
export type DecodeBase64 = (text: string) => Buffer | null

/** As lenient as Kong: both alphabets, padding or none, and unused bits that are not zero. */
export function laxBase64Bytes(text: string): Buffer | null {
  const digits = text.replace(/={1,2}$/, '')
  return digits.length % 4 === 1 || !/^[A-Za-z0-9+/_-]*$/.test(digits) ? null : Buffer.from(digits, 'base64')
}

/** As lenient as Envoy: the URL's alphabet, blanks anywhere, padding (all of it) or none, any unused bits. */
export function webSafeBase64Bytes(text: string): Buffer | null {
  const digits = text.replace(/[ \t\n\v\f\r]/g, '')
  const [, body, padding] = /^([A-Za-z0-9_-]*)(={0,2})$/.exec(digits) ?? []
  if (body === undefined || body.length % 4 === 1) return null
  if (padding !== '' && (body.length + padding!.length) % 4 !== 0) return null
  return Buffer.from(body, 'base64url')
}
