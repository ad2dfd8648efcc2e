/** What a command may touch of the process. Data goes to `out`, everything said about it to `err`. */
export interface Io {
  /** Writes text as it is; lines end in `\n`. */
  out(text: string): void
  err(text: string): void
  readonly env: Readonly<Record<string, string | undefined>>
}
