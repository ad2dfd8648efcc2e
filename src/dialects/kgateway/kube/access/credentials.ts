import { readFile } from 'node:fs/promises'
import type { Clock } from '../../../../base/clock.ts'
import { anonymous, type Credential, type Credentials } from './access.ts'

/** The same one for ever. */
export const fixedCredentials = (credential: Credential): Credentials => ({
  current: async () => credential,
  refused: () => undefined,
})

/** A token is looked at again after this time: where it is bound to a pod, it is replaced every hour. Milliseconds. */
const FRESH_MS = 60_000

/** A token that stands in a file and is replaced there now and then. */
export class TokenFile implements Credentials {
  readonly #path: string
  readonly #clock: Clock
  #read: { readonly at: number; readonly credential: Credential } | null = null

  constructor(path: string, clock: Clock) {
    this.#path = path
    this.#clock = clock
  }

  async current(): Promise<Credential> {
    const now = this.#clock.now()
    if (this.#read === null || now - this.#read.at > FRESH_MS) {
      const token = (await readFile(this.#path, 'utf8')).trim()
      this.#read = { at: now, credential: { ...anonymous, authorization: `Bearer ${token}` } }
    }
    return this.#read.credential
  }

  refused(): void {
    this.#read = null
  }
}
