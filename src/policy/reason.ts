/**
 * Why a policy refused. Each policy has a closed list of these; log field, metric label, docs row and, through the
 * dialect's `refusals.ts`, status, body and challenge header all come from the one entry.
 */
export interface Reason {
  /** Stable name in kebab-case, unique within its policy: `token-expired`. */
  readonly code: string
  readonly status: number
  /** What the client may read. */
  readonly message: string
}

/** What one refusal adds to its reason. Anything for the log only goes into `log`; never a secret, never a token. */
export interface RefusalDetail {
  /** Replaces the reason's status (200 to 599): somebody else decided how to refuse. */
  readonly status?: number
  /** Replaces the reason's message. */
  readonly message?: string
  /** The message is the whole body, as somebody else worded it: no dialect puts it into a form of its own. */
  readonly verbatim?: boolean
  /** The WWW-Authenticate value. */
  readonly challenge?: string
  /** A body of named problems in place of `message`, e.g. `{"exp":"token expired"}`. */
  readonly fields?: Readonly<Record<string, string>>
  /** Further response headers. */
  readonly headers?: readonly (readonly [string, string])[]
  readonly log?: string
}
