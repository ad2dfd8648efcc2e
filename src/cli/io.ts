/** What a command may touch of the process. Data goes to `out`, everything said about it to `err`. */
export interface Io {
  /** Writes text as it is; lines end in `\n`. */
  out(text: string): void
  err(text: string): void
  /** True where output goes to a terminal that shows colours, and nobody asked for none (`NO_COLOR`). */
  readonly colours?: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}
