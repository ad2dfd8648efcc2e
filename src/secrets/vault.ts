/** A vault's settings, validated by its schema. Some are secrets. */
export type VaultConfig = Readonly<Record<string, unknown>>

/** Which value of which secret. */
export interface SecretAddress {
  readonly resource: string
  readonly key: string | null
  /** 1 is the current one, 2 (where a vault keeps it) the one before; null: the current one. */
  readonly version: number | null
}

/** `problem` says why, for logs and for whoever wrote the reference; it never holds a value or a token. */
export type ReadOutcome =
  | { readonly ok: true; readonly value: string }
  | { readonly ok: false; readonly problem: string }

/** One kind of place that secrets are kept in. */
export interface Vault {
  read(address: SecretAddress, config: VaultConfig): Promise<ReadOutcome>
}

export const found = (value: string): ReadOutcome => ({ ok: true, value })
export const failed = (problem: string): ReadOutcome => ({ ok: false, problem })

/** What vaults work with beside their config; passed in, so that tests need no network, disk or time of their own. */
export interface VaultMeans {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly fetch: typeof fetch
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** Rejects when the file can't be read. */
  readonly readFile: (path: string) => Promise<string>
}

/** A vault that does not answer must not hold anybody up: milliseconds for one exchange with it. */
export const EXCHANGE_MS = 5000
