/**
 * Reads the server name out of a TLS ClientHello (RFC 8446 §4.1.2, RFC 6066 §3) before any TLS is spoken: whether a
 * client certificate is asked for can only be chosen then, not in Node's SNICallback.
 */
export type Hello =
  | { readonly kind: 'incomplete' }
  /** Not a ClientHello: the TLS stack answers it with the alert it deserves. */
  | { readonly kind: 'unreadable' }
  /** Lower case, without a trailing dot; null when the client sent none. */
  | { readonly kind: 'hello'; readonly serverName: string | null }

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0
/** A ClientHello larger than this is not read: it is handed to the TLS stack as it is. */
const LONGEST = 65536

const incomplete: Hello = { kind: 'incomplete' }
const unreadable: Hello = { kind: 'unreadable' }

export function readClientHello(bytes: Buffer): Hello {
  const handshake = handshakeBytes(bytes)
  if (handshake === null) return bytes.length > LONGEST ? unreadable : incomplete
  if (handshake === false) return unreadable
  try {
    return { kind: 'hello', serverName: serverNameOf(handshake) }
  } catch {
    return unreadable
  }
}

/** The handshake message, put together from its records; null when more is needed, false when it is none. */
function handshakeBytes(bytes: Buffer): Buffer | null | false {
  const fragments: Buffer[] = []
  let have = 0
  let need = -1
  for (let at = 0; ; ) {
    if (bytes.length - at < 5) return bytes.length > at && bytes[at] !== HANDSHAKE ? false : null
    if (bytes[at] !== HANDSHAKE || bytes[at + 1] !== 3) return false
    const length = bytes.readUInt16BE(at + 3)
    const fragment = bytes.subarray(at + 5, at + 5 + length)
    fragments.push(fragment)
    have += fragment.length
    if (need < 0 && have >= 4) {
      const start = Buffer.concat(fragments)
      if (start[0] !== CLIENT_HELLO) return false
      need = 4 + start.readUIntBE(1, 3)
    }
    if (need >= 0 && have >= need) return Buffer.concat(fragments).subarray(4, need)
    if (fragment.length < length) return null
    at += 5 + length
  }
}

/** @throws RangeError when lengths do not fit. */
function serverNameOf(hello: Buffer): string | null {
  let at = 2 + 32
  at += 1 + hello.readUInt8(at) // session id
  at += 2 + hello.readUInt16BE(at) // cipher suites
  at += 1 + hello.readUInt8(at) // compression methods
  if (at === hello.length) return null
  const end = at + 2 + hello.readUInt16BE(at)
  at += 2
  while (at < end) {
    const type = hello.readUInt16BE(at)
    const length = hello.readUInt16BE(at + 2)
    at += 4
    if (type === SERVER_NAME && length >= 5 && hello.readUInt8(at + 2) === 0) {
      const size = hello.readUInt16BE(at + 3)
      return hello
        .latin1Slice(at + 5, at + 5 + size)
        .toLowerCase()
        .replace(/\.$/, '')
    }
    at += length
  }
  return null
}
