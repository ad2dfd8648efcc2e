/** A way to keep secrets that takes long to try. `stored` is what the row holds. */
export interface SlowHash {
  /** What a row should hold of the secret. Takes long: for writes, not for requests. */
  hash(secret: string): string
  /** Computes in another thread. False also when `stored` is not of this format, or asks for more work than is sane. */
  matches(secret: string, stored: string): Promise<boolean>
  /** True when a row of that form is made as one would be made today. */
  isCurrent(stored: string): boolean
  /** True for text of this format. */
  isStored(text: string): boolean
}
