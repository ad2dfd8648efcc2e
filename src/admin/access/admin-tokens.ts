import { createHash, timingSafeEqual } from 'node:crypto'

const LINE = /^([A-Za-z0-9._@-]+):([\x21-\x7e]+)$/

interface Entry {
  readonly owner: string
  readonly digest: Buffer
}

/** The tokens that open the Admin API, and whose each is. Only their digests are kept. */
export class AdminTokens {
  readonly #entries: readonly Entry[]

  constructor(tokens: Iterable<readonly [owner: string, token: string]>) {
    this.#entries = Array.from(tokens, ([owner, token]) => ({ owner, digest: digestOf(token) }))
  }

  get size(): number {
    return this.#entries.length
  }

  /** Whose token this is, or null. How long that takes tells nothing about the tokens that would be right. */
  ownerOf(token: string): string | null {
    const digest = digestOf(token)
    let owner: string | null = null
    for (const entry of this.#entries) if (timingSafeEqual(entry.digest, digest)) owner = entry.owner
    return owner
  }
}

/**
 * Reads tokens as they stand in a file: `NAME:TOKEN`, one a line. Blank lines and lines that begin with `#` are skipped.
 *
 * @param place the file's name, for errors; these never repeat a line.
 * @throws Error that names file, line and remedy.
 */
export function readAdminTokens(text: string, place: string): (readonly [owner: string, token: string])[] {
  const tokens: (readonly [string, string])[] = []
  const lineOf = new Map<string, number>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const [, owner, token] = LINE.exec(line) ?? []
    if (owner === undefined || token === undefined) {
      throw new Error(
        `${place}:${index + 1}: expected NAME:TOKEN, the name of letters, digits and . _ @ -, the token of ASCII without blanks`,
      )
    }
    const before = lineOf.get(owner)
    if (before !== undefined)
      throw new Error(`${place}:${index + 1}: the name '${owner}' stands in line ${before} already`)
    lineOf.set(owner, index + 1)
    tokens.push([owner, token])
  }
  if (tokens.length === 0) throw new Error(`${place}: holds no token: expected lines NAME:TOKEN`)
  return tokens
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
