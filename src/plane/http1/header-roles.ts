/**
 * Which header names mean something to us. Everything else is copied as it came, unread.
 *
 * A name is hashed while it is scanned, with case, `-`, `_` and `.` folded together as an origin might (CGI and many
 * frameworks do). Only a name whose hash is known is compared, byte by byte.
 */

/** What a header is to the plane. `ordinary` ones are copied in whole runs. */
export const role = {
  ordinary: 0,
  host: 1,
  connection: 2,
  contentLength: 3,
  transferEncoding: 4,
  /** Hop-by-hop and made anew, or simply not passed on. */
  dropped: 5,
  te: 6,
  upgrade: 7,
  expect: 8,
  via: 9,
  forwardedFor: 10,
  forwardedProto: 11,
  forwardedHost: 12,
  forwardedPort: 13,
  forwardedPath: 14,
  forwardedPrefix: 15,
  realIp: 16,
  /** Says who the caller is: ours alone to set, so never believed from a client. */
  identity: 17,
  /** Nominated by Connection, or dropped by a policy: not passed on. Set after the scan. */
  removed: 18,
  server: 19,
  trailer: 20,
  date: 21,
} as const
export type Role = (typeof role)[keyof typeof role]

/** Folding of one byte for the hash: letters to lower case; `_` and `.` to `-`. */
const FOLD = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) FOLD[byte] = byte
for (let byte = 65; byte <= 90; byte++) FOLD[byte] = byte + 32
FOLD[0x5f] = 0x2d
FOLD[0x2e] = 0x2d

export function hashStep(hash: number, byte: number): number {
  return (Math.imul(hash, 31) + FOLD[byte]!) | 0
}

/** The hash the scanner computes for a name. */
export function nameHash(name: string): number {
  let hash = 0
  for (let i = 0; i < name.length; i++) hash = hashStep(hash, name.charCodeAt(i))
  return hash
}

/** As an origin that folds names would see it. */
export function foldedName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-').replaceAll('.', '-')
}

const FILTER_BITS = 0xfff

/** A name with a role, folded, as bytes. */
interface Known {
  readonly folded: Uint8Array
  readonly role: Role
  /** Only this spelling counts (case aside); null for names that count in every spelling that folds to them. */
  readonly exact: string | null
}

export class HeaderRoles {
  /** For each value of the hash's low bits: the names that have it. */
  readonly #known: (readonly Known[] | undefined)[] = new Array(FILTER_BITS + 1).fill(undefined)

  /**
   * @param exact names (lower case) with a role of their own; these must be spelled exactly so.
   * @param identity names by which services hear who is calling, in any spelling that folds to them.
   */
  constructor(exact: Iterable<readonly [string, Role]>, identity: Iterable<string>) {
    for (const [name, given] of exact) this.#add(name, given, name)
    for (const name of identity) this.#add(name, role.identity, null)
  }

  #add(name: string, given: Role, exact: string | null): void {
    const slot = nameHash(name) & FILTER_BITS
    const known = { folded: Buffer.from(foldedName(name), 'latin1'), role: given, exact }
    this.#known[slot] = [...(this.#known[slot] ?? []), known]
  }

  /** The role of the name at `start` to `end`, whose hash was computed while it was scanned. No string is made for most. */
  roleAt(bytes: Uint8Array, start: number, end: number, hash: number): Role {
    const known = this.#known[hash & FILTER_BITS]
    if (known === undefined) return role.ordinary
    let found: Role = role.ordinary
    for (const name of known) {
      if (name.folded.length !== end - start || !foldsTo(bytes, start, name.folded)) continue
      if (name.exact === null || spelled(bytes, start, name.exact)) return name.role
      // `Transfer_Encoding`, `X_Forwarded_For`: nothing to us, but a service that folds names would take it for the real one
      found = role.removed
    }
    return found
  }

  roleOf(name: string): Role {
    const bytes = Buffer.from(name, 'latin1')
    return this.roleAt(bytes, 0, bytes.length, nameHash(name))
  }
}

function foldsTo(bytes: Uint8Array, start: number, folded: Uint8Array): boolean {
  for (let i = 0; i < folded.length; i++) if (FOLD[bytes[start + i]!] !== folded[i]) return false
  return true
}

/** The name is known to fold to `exact`; what is left is that `-` stands where it should, and no `_` or `.`. */
function spelled(bytes: Uint8Array, start: number, exact: string): boolean {
  for (let i = 0; i < exact.length; i++) {
    const byte = bytes[start + i]!
    if ((byte === 0x5f || byte === 0x2e) && byte !== exact.charCodeAt(i)) return false
    if (byte === 0x2d && exact.charCodeAt(i) !== 0x2d) return false
  }
  return true
}

const REQUEST_ROLES: readonly (readonly [string, Role])[] = [
  ['host', role.host],
  ['connection', role.connection],
  ['content-length', role.contentLength],
  ['transfer-encoding', role.transferEncoding],
  ['keep-alive', role.dropped],
  ['proxy-connection', role.dropped],
  ['proxy', role.dropped],
  ['http2-settings', role.dropped],
  ['te', role.te],
  ['upgrade', role.upgrade],
  ['expect', role.expect],
  ['via', role.via],
  ['trailer', role.trailer],
  ['x-forwarded-for', role.forwardedFor],
  ['x-forwarded-proto', role.forwardedProto],
  ['x-forwarded-host', role.forwardedHost],
  ['x-forwarded-port', role.forwardedPort],
  ['x-forwarded-path', role.forwardedPath],
  ['x-forwarded-prefix', role.forwardedPrefix],
  ['x-real-ip', role.realIp],
]

const RESPONSE_ROLES: readonly (readonly [string, Role])[] = [
  ['connection', role.connection],
  ['content-length', role.contentLength],
  ['transfer-encoding', role.transferEncoding],
  ['keep-alive', role.dropped],
  ['proxy-connection', role.dropped],
  ['upgrade', role.upgrade],
  ['via', role.via],
  ['trailer', role.trailer],
  ['server', role.server],
  ['date', role.date],
]

/** Roles of request headers; `own` are names that the gateway itself sets for services (e.g. its request id). */
export function requestRoles(identity: Iterable<string>, own: Iterable<string>): HeaderRoles {
  return new HeaderRoles(
    [...REQUEST_ROLES, ...[...own].map((name) => [name.toLowerCase(), role.dropped] as const)],
    identity,
  )
}

/** Roles of response headers; `own` are names that the gateway sets itself and a service may not forge. */
export function responseRoles(own: Iterable<string>): HeaderRoles {
  return new HeaderRoles(
    [...RESPONSE_ROLES, ...[...own].map((name) => [name.toLowerCase(), role.dropped] as const)],
    [],
  )
}
