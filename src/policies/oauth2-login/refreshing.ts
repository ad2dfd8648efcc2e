import { createHash } from 'node:crypto'
import { BoundedMap } from '../../base/bounded-map.ts'
import type { Answer } from './token-endpoint.ts'

/** How long a browser's other requests, sent with the old cookies, find what a refresh came to. */
const REMEMBERED_MS = 10_000

interface Entry {
  readonly answer: Promise<Answer>
  /** When it was there; null while it is waited for. */
  doneAt: number | null
}

/**
 * Refreshes of many requests at once. A page sends ten requests with the same old token; an identity provider that gives a
 * new refresh token with each answer takes the old one once, and nine would be logged out.
 */
export class Refreshing {
  readonly #entries = new BoundedMap<Entry>(10_000)

  /** @param now milliseconds. */
  refresh(refreshToken: string, now: number, ask: () => Promise<Answer>): Promise<Answer> {
    const key = createHash('sha256').update(refreshToken).digest('base64')
    const known = this.#entries.get(key)
    if (known !== undefined && (known.doneAt === null || now - known.doneAt < REMEMBERED_MS)) return known.answer
    const entry: Entry = { answer: ask(), doneAt: null }
    this.#entries.set(key, entry)
    void entry.answer.then((answer) => {
      entry.doneAt = now
      // what failed may be tried again at once
      if ('why' in answer) this.#entries.delete(key)
    })
    return entry.answer
  }
}
