/** What the service said of a request, whichever way it was asked. Values are byte strings, names in lower case. */
export type Decision = Allowed | DeniedBy | Undecided

export interface HeaderChange {
  /**
   * `set` replaces; `add` puts another line; `extend` joins its value to one that is there, and does nothing otherwise;
   * `if-absent` and `if-present` replace nothing, or something only.
   */
  readonly op: 'set' | 'add' | 'extend' | 'if-absent' | 'if-present'
  readonly name: string
  readonly value: string
}

export interface Allowed {
  readonly kind: 'allowed'
  /** For the service behind. */
  readonly request: readonly HeaderChange[]
  readonly removed: readonly string[]
  /** For the client, whoever answers it. */
  readonly response: readonly HeaderChange[]
  readonly query: {
    readonly set: readonly (readonly [name: string, value: string])[]
    readonly removed: readonly string[]
  }
  /** For later policies. */
  readonly metadata: Readonly<Record<string, unknown>> | null
}

export interface DeniedBy {
  readonly kind: 'denied'
  readonly status: number
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string
  readonly metadata: Readonly<Record<string, unknown>> | null
}

/** Nobody decided. */
export interface Undecided {
  readonly kind: 'error'
  /** For the log; holds nothing that the request did. */
  readonly why: string
  /** What the service wants to be said, where it was reached; null for what the config says. */
  readonly answer: Pick<DeniedBy, 'status' | 'headers' | 'body'> | null
  /** False where asking again would come to the same. */
  readonly isRetriable: boolean
}

export function undecided(why: string, isRetriable = true): Undecided {
  return { kind: 'error', why, answer: null, isRetriable }
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** What can be a header line. */
export function isSendable(name: string, value: string): boolean {
  return TOKEN.test(name) && VALUE.test(value)
}

/** Lines that delimit messages: whoever decides may not write them. */
const FRAMING: ReadonlySet<string> = new Set(
  'connection content-length keep-alive proxy-connection te trailer transfer-encoding upgrade'.split(' '),
)
export function isFraming(name: string): boolean {
  return FRAMING.has(name)
}
