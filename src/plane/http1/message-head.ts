/**
 * The head of a message: found, checked byte by byte, and kept as one latin1 string with a table of offsets. Strings
 * are cut out of it only when somebody asks.
 *
 * The scanner accepts a strict subset of what llhttp (with all lenient flags off) accepts, with the same meaning:
 * CR LF line ends only, no folding, no blank before a colon, token names, no control characters. `test/fuzz` holds it
 * to that against `node:http`. Rules that look at more than one byte at a time are in `acceptable.ts`.
 */
import { type HeaderRoles, hashStep, nameHash, type Role, role } from './header-roles.ts'

const CR = 0x0d
const LF = 0x0a
const SP = 0x20
const HT = 0x09
const COLON = 0x3a

/** 1: a token byte; 2: a token byte that no ordinary header name has (only letters, digits, `-` and `_` are). */
const NAME = new Uint8Array(256)
for (const char of "!#$%&'*+.^`|~") NAME[char.charCodeAt(0)] = 2
for (const char of '-_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') NAME[char.charCodeAt(0)] = 1
/** 1: may stand in a header value (RFC 9110 §5.5: HTAB, SP, VCHAR, obs-text). */
const VALUE = new Uint8Array(256)
for (let byte = 0x20; byte < 0x100; byte++) VALUE[byte] = byte === 0x7f ? 0 : 1
VALUE[HT] = 1

/** Numbers per header in the table. */
const ENTRY = 6
const NAME_START = 0
const NAME_END = 1
const VALUE_START = 2
const VALUE_END = 3
const HASH = 4
const ROLE = 5

/** Bounds on a head. */
export interface HeadLimits {
  /** Bytes of the whole head. */
  readonly headBytes: number
  readonly headers: number
}

/** What scanning came to. `incomplete`: all bytes so far are good. */
export type ScanResult = 'complete' | 'incomplete' | 'malformed' | 'too-large'

abstract class MessageHead {
  /** The head's bytes, one character each, from the start line to the empty line. */
  text = ''
  /** How many headers there are. */
  count = 0
  /** Bytes from the start of the message to the first byte behind the head. */
  length = 0
  protected table = new Int32Array(32 * ENTRY)
  /** Bits of the roles that occur, so that the common absence costs one test. */
  rolesSeen = 0

  /**
   * Scans header lines from `at`; `start` is where the message begins.
   * @returns the offset behind the empty line, -1 incomplete, -2 malformed, -3 too many headers.
   */
  protected scanLines(
    bytes: Buffer,
    start: number,
    at: number,
    end: number,
    roles: HeaderRoles,
    limits: HeadLimits,
  ): number {
    let table = this.table
    let count = 0
    let seen = 0
    let p = at
    for (;;) {
      if (p >= end) return -1
      if (bytes[p] === CR) {
        if (p + 1 >= end) return -1
        if (bytes[p + 1] !== LF) return -2
        this.count = count
        this.rolesSeen = seen
        return p + 2
      }
      if (count >= limits.headers) return -3
      const nameStart = p
      let hash = 0
      let kinds = 0
      let kind = 0
      let byte = 0
      while (p < end && (kind = NAME[(byte = bytes[p]!)]!) !== 0) {
        hash = hashStep(hash, byte)
        kinds |= kind
        p++
      }
      if (p >= end) return -1
      if (byte !== COLON || p === nameStart) return -2
      const nameEnd = p++
      while (p < end && ((byte = bytes[p]!) === SP || byte === HT)) p++
      const valueStart = p
      while (p < end && VALUE[bytes[p]!] === 1) p++
      if (p >= end) return -1
      if (bytes[p] !== CR) return -2
      if (p + 1 >= end) return -1
      if (bytes[p + 1] !== LF) return -2
      let valueEnd = p
      while (valueEnd > valueStart && ((byte = bytes[valueEnd - 1]!) === SP || byte === HT)) valueEnd--
      p += 2

      const entry = count * ENTRY
      if (entry + ENTRY > table.length) {
        table = new Int32Array(table.length * 2)
        table.set(this.table)
        this.table = table
      }
      let found: Role = role.ordinary
      if ((kinds & 2) !== 0) found = role.removed
      else found = roles.roleAt(bytes, nameStart, nameEnd, hash)
      table[entry + NAME_START] = nameStart - start
      table[entry + NAME_END] = nameEnd - start
      table[entry + VALUE_START] = valueStart - start
      table[entry + VALUE_END] = valueEnd - start
      table[entry + HASH] = hash
      table[entry + ROLE] = found
      seen |= 1 << found
      count++
    }
  }

  /** Forgets the message before: a scan that fails leaves a table that does not belong to the text. */
  clear(): void {
    this.text = ''
    this.count = 0
    this.rolesSeen = 0
  }

  roleAt(index: number): Role {
    return this.table[index * ENTRY + ROLE] as Role
  }

  nameAt(index: number): string {
    const entry = index * ENTRY
    return this.text.slice(this.table[entry + NAME_START], this.table[entry + NAME_END])
  }

  valueAt(index: number): string {
    const entry = index * ENTRY
    return this.text.slice(this.table[entry + VALUE_START], this.table[entry + VALUE_END])
  }

  /** True when no blanks stand between the value and the end of its line. */
  endsLine(index: number): boolean {
    return this.text.charCodeAt(this.table[index * ENTRY + VALUE_END]!) === CR
  }

  /** Marks a header as not to be passed on. */
  removeAt(index: number): void {
    this.table[index * ENTRY + ROLE] = role.removed
    this.rolesSeen |= 1 << role.removed
  }

  has(wanted: Role): boolean {
    return (this.rolesSeen & (1 << wanted)) !== 0
  }

  /** Index of the first header with this role, or -1. */
  firstWithRole(wanted: Role): number {
    if (!this.has(wanted)) return -1
    for (let i = 0; i < this.count; i++) if (this.roleAt(i) === wanted) return i
    return -1
  }

  countOfRole(wanted: Role): number {
    if (!this.has(wanted)) return 0
    let n = 0
    for (let i = 0; i < this.count; i++) if (this.roleAt(i) === wanted) n++
    return n
  }

  /** Values of all headers with this role, joined by `, ` (RFC 9110 §5.3); undefined when there is none. */
  joinedRole(wanted: Role): string | undefined {
    if (!this.has(wanted)) return undefined
    let joined: string | undefined
    for (let i = 0; i < this.count; i++) {
      if (this.roleAt(i) === wanted) joined = joined === undefined ? this.valueAt(i) : `${joined}, ${this.valueAt(i)}`
    }
    return joined
  }

  /**
   * Index of the first header of that name (lower case) at or behind `from`, or -1. Headers that will not be passed on
   * (forged identity, nominated by Connection, dropped by a policy) are not there for anybody.
   */
  find(name: string, hash: number, from = 0): number {
    const table = this.table
    for (let i = from; i < this.count; i++) {
      const entry = i * ENTRY
      if (
        table[entry + HASH] === hash &&
        table[entry + NAME_END]! - table[entry + NAME_START]! === name.length &&
        table[entry + ROLE] !== role.removed &&
        table[entry + ROLE] !== role.identity &&
        this.nameAt(i).toLowerCase() === name
      ) {
        return i
      }
    }
    return -1
  }

  header(name: string): string | undefined {
    const at = this.find(name, hashOf(name))
    return at < 0 ? undefined : this.valueAt(at)
  }

  headerValues(name: string): string[] {
    const hash = hashOf(name)
    const values: string[] = []
    for (let at = this.find(name, hash); at >= 0; at = this.find(name, hash, at + 1)) values.push(this.valueAt(at))
    return values
  }

  /** Every header that is there for policies, names in lower case. */
  pairs(): [name: string, value: string][] {
    const pairs: [string, string][] = []
    for (let i = 0; i < this.count; i++) {
      const found = this.roleAt(i)
      if (found !== role.removed && found !== role.identity) pairs.push([this.nameAt(i).toLowerCase(), this.valueAt(i)])
    }
    return pairs
  }

  /** Marks every header of that name as not to be passed on. */
  remove(name: string): void {
    const hash = hashOf(name)
    for (let at = this.find(name, hash); at >= 0; at = this.find(name, hash, at + 1)) this.removeAt(at)
  }

  /** The lines of all ordinary headers as they came, in as few pieces as possible. */
  ordinaryLines(): string {
    const table = this.table
    const linesEnd = this.length - 2
    let lines = ''
    let runStart = -1
    for (let i = 0; i < this.count; i++) {
      const entry = i * ENTRY
      const start = table[entry + NAME_START]!
      if (table[entry + ROLE] === role.ordinary) {
        if (runStart < 0) runStart = start
      } else if (runStart >= 0) {
        lines += this.text.slice(runStart, start)
        runStart = -1
      }
    }
    if (runStart >= 0) lines += this.text.slice(runStart, linesEnd)
    return lines
  }
}

/** Hashes of names that policies and the plane ask for; a handful, so never evicted below its bound. */
const hashes = new Map<string, number>()
function hashOf(name: string): number {
  let hash = hashes.get(name)
  if (hash === undefined) {
    hash = nameHash(name)
    if (hashes.size < 4096) hashes.set(name, hash)
  }
  return hash
}

/** Methods that llhttp knows (RFC 9110, WebDAV and friends). Anything else is refused, as `node:http` does. */
const METHODS = new Set(
  (
    'GET HEAD POST PUT DELETE OPTIONS PATCH TRACE CONNECT COPY LOCK MKCOL MOVE PROPFIND PROPPATCH SEARCH UNLOCK BIND ' +
    'REBIND UNBIND ACL REPORT MKACTIVITY CHECKOUT MERGE M-SEARCH NOTIFY SUBSCRIBE UNSUBSCRIBE PURGE MKCALENDAR LINK ' +
    'UNLINK SOURCE QUERY'
  ).split(' '),
)
const LONGEST_METHOD = 16

/** 1: may stand in a request target: printable ASCII. Which of them where is `acceptable.ts`'s business. */
const TARGET = new Uint8Array(256)
for (let byte = 0x21; byte < 0x7f; byte++) TARGET[byte] = 1

export class RequestHead extends MessageHead {
  method = ''
  target = ''
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  minor = 1

  override clear(): void {
    super.clear()
    this.method = ''
    this.target = ''
    this.minor = 1
  }

  /** Scans a request head that begins at `start`. The bytes must stay as they are until this returns. */
  scan(bytes: Buffer, start: number, end: number, roles: HeaderRoles, limits: HeadLimits): ScanResult {
    const bound = Math.min(end, start + limits.headBytes)
    const overflow: ScanResult = end - start >= limits.headBytes ? 'too-large' : 'incomplete'
    let p = start
    while (p < bound && NAME[bytes[p]!] !== 0) p++
    if (p - start > LONGEST_METHOD) return 'malformed'
    if (p >= bound) return overflow
    if (bytes[p] !== SP || p === start) return 'malformed'
    const methodEnd = p++
    const targetStart = p
    while (p < bound && TARGET[bytes[p]!] === 1) p++
    if (p >= bound) return overflow
    if (bytes[p] !== SP || p === targetStart) return 'malformed'
    const targetEnd = p++
    // exactly `HTTP/1.0` or `HTTP/1.1`, then CR LF
    for (let i = 0; i < 7; i++, p++) {
      if (p >= bound) return overflow
      if (bytes[p] !== VERSION[i]) return 'malformed'
    }
    if (p + 2 >= bound) {
      if (p < bound && bytes[p] !== 0x30 && bytes[p] !== 0x31) return 'malformed'
      return overflow
    }
    const minor = bytes[p]! - 0x30
    if ((minor !== 0 && minor !== 1) || bytes[p + 1] !== CR || bytes[p + 2] !== LF) return 'malformed'
    const linesEnd = this.scanLines(bytes, start, p + 3, bound, roles, limits)
    if (linesEnd === -1) return overflow
    if (linesEnd === -2) return 'malformed'
    if (linesEnd === -3) return 'too-large'
    const method = bytes.latin1Slice(start, methodEnd)
    if (!METHODS.has(method)) return 'malformed'
    this.method = method
    this.minor = minor
    this.length = linesEnd - start
    this.text = bytes.latin1Slice(start, linesEnd)
    this.target = this.text.slice(targetStart - start, targetEnd - start)
    return 'complete'
  }
}

const VERSION = Buffer.from('HTTP/1.', 'latin1')

export class ResponseHead extends MessageHead {
  status = 0
  /** The reason phrase as sent; may be empty. */
  reason = ''
  minor = 1

  scan(bytes: Buffer, start: number, end: number, roles: HeaderRoles, limits: HeadLimits): ScanResult {
    const bound = Math.min(end, start + limits.headBytes)
    const overflow: ScanResult = end - start >= limits.headBytes ? 'too-large' : 'incomplete'
    let p = start
    for (let i = 0; i < 7; i++, p++) {
      if (p >= bound) return overflow
      if (bytes[p] !== VERSION[i]) return 'malformed'
    }
    // `0 200` or `1 200`, then a blank and the reason, or at once CR LF
    if (p + 5 >= bound) return overflow
    const minor = bytes[p]! - 0x30
    if ((minor !== 0 && minor !== 1) || bytes[p + 1] !== SP) return 'malformed'
    let status = 0
    for (let i = 2; i < 5; i++) {
      const digit = bytes[p + i]! - 0x30
      if (digit < 0 || digit > 9) return 'malformed'
      status = status * 10 + digit
    }
    p += 5
    let reasonStart = p
    if (bytes[p] === SP) {
      reasonStart = ++p
      while (p < bound && VALUE[bytes[p]!] === 1) p++
    }
    const reasonEnd = p
    if (p + 1 >= bound) return overflow
    if (bytes[p] !== CR || bytes[p + 1] !== LF) return 'malformed'
    const linesEnd = this.scanLines(bytes, start, p + 2, bound, roles, limits)
    if (linesEnd === -1) return overflow
    if (linesEnd === -2) return 'malformed'
    if (linesEnd === -3) return 'too-large'
    this.status = status
    this.minor = minor
    this.length = linesEnd - start
    this.text = bytes.latin1Slice(start, linesEnd)
    this.reason = this.text.slice(reasonStart - start, reasonEnd - start)
    return 'complete'
  }
}
