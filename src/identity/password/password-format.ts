/** A way to keep passwords. `stored` is what the credential's row holds. */
export interface PasswordFormat {
  /** @param salt what makes equal passwords of two owners differ; the format says what it takes. */
  hash(password: string, salt: string): string
  /** Compares in a time that does not depend on how much of it is right. */
  matches(password: string, salt: string, stored: string): boolean
}
