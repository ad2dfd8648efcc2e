/**
 * Which header names mean something to us. Everything else is copied as it came, unread.
 *
 * A name is hashed while it is scanned, with case, `-`, `_` and `.` folded together as an origin might (CGI and many
 * frameworks do). Only a name whose hash is in the filter is ever cut out of the head and looked up.
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

export class HeaderRoles {
  readonly #filter = new Uint8Array(FILTER_BITS + 1)
  readonly #exact: ReadonlyMap<string, Role>
  readonly #identity: ReadonlySet<string>

  /**
   * @param exact names (lower case) with a role of their own; these must be spelled exactly so.
   * @param identity names by which services hear who is calling, in any spelling that folds to them.
   */
  constructor(exact: Iterable<readonly [string, Role]>, identity: Iterable<string>) {
    this.#exact = new Map(exact)
    this.#identity = new Set([...identity].map(foldedName))
    for (const name of [...this.#exact.keys(), ...this.#identity]) this.#filter[nameHash(name) & FILTER_BITS] = 1
  }

  /** True when a name of this hash may have a role. */
  mayHaveRole(hash: number): boolean {
    return this.#filter[hash & FILTER_BITS] === 1
  }

  roleOf(name: string): Role {
    const exact = this.#exact.get(name.toLowerCase())
    if (exact !== undefined) return exact
    return this.#identity.has(foldedName(name)) ? role.identity : role.ordinary
  }
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
