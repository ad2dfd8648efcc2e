/**
 * An ECDSA signature as JOSE has it (R and S at full length, RFC 7518 §3.4) in the form OpenSSL keeps it (SEQUENCE of two
 * INTEGERs, RFC 3279 §2.2.3).
 *
 * Node can do this itself when told `dsaEncoding`, but only through an options object, and any options object makes it
 * set the key up anew for every check: 70 µs in place of 48 for P-256, 28 in place of 18 for RSA.
 *
 * @param raw an even number of bytes.
 */
export function ecdsaDer(raw: Uint8Array): Buffer {
  const half = raw.length / 2
  const r = integer(raw.subarray(0, half))
  const s = integer(raw.subarray(half))
  const length = r.length + s.length
  // P-521's two integers pass 127 bytes, where a length takes two
  return Buffer.concat([length < 0x80 ? Buffer.of(0x30, length) : Buffer.of(0x30, 0x81, length), r, s])
}

/** A non-negative INTEGER in the fewest bytes; a leading one above 0x7F would read as a sign. */
function integer(bytes: Uint8Array): Buffer {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const padding = bytes[start]! > 0x7f ? 1 : 0
  const length = bytes.length - start + padding
  const encoded = Buffer.alloc(2 + length)
  encoded[0] = 0x02
  encoded[1] = length
  encoded.set(bytes.subarray(start), 2 + padding)
  return encoded
}
