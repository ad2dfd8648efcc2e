import { isUuid } from '../schema/validate.ts'
import { invalidOffset, invalidOption, invalidSize } from './problem.ts'

const DEFAULT_SIZE = 100
const MAX_SIZE = 1000
const MAX_TAGS = 5
const TAG = '[ -+\\-.0-~\\u0080-\\u{10ffff}]+'
const ALL = new RegExp(`^(?:${TAG}(?:,|$))+$`, 'u')
const ANY = new RegExp(`^(?:${TAG}(?:/|$))+$`, 'u')

export interface TagFilter {
  readonly mode: 'all' | 'any'
  readonly values: readonly string[]
}

/** `size`: how many rows a page holds at most. @throws AdminProblem */
export function readSize(query: URLSearchParams): number {
  const text = query.get('size')
  if (text === null) return DEFAULT_SIZE
  const size = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isNaN(size)) throw invalidSize('size must be a number')
  if (Number.isInteger(size) && size >= 1 && size <= MAX_SIZE) return size
  throw invalidSize(`size must be an integer between 1 and ${MAX_SIZE}`)
}

/** `tags`: `a,b` for rows with all of them, `a/b` for rows with any. @throws AdminProblem */
export function readTags(query: URLSearchParams): TagFilter | undefined {
  const text = query.get('tags')
  if (text === null) return undefined
  if (text === '') throw invalidOption('tags', 'cannot be null')
  const mode = ALL.test(text) ? 'all' : ANY.test(text) ? 'any' : null
  if (mode === null) throw invalidOption('tags', 'invalid filter syntax')
  const values = text.split(mode === 'all' ? ',' : '/').filter((tag) => tag !== '')
  if (values.length > MAX_TAGS) throw invalidOption('tags', `cannot query more than ${MAX_TAGS} tags`)
  return { mode, values }
}

/** The opaque text that stands for "after this id". */
export function offsetAfter(id: string): string {
  return Buffer.from(JSON.stringify([id])).toString('base64')
}

/** `offset`: the id that the page starts after, or null. @throws AdminProblem */
export function readOffset(query: URLSearchParams): string | null {
  const offset = query.get('offset')
  if (offset === null) return null
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(offset) || offset.replace(/=+$/, '').length % 4 === 1) {
    throw invalidOffset(offset, 'bad base64 encoding')
  }
  try {
    const key: unknown = JSON.parse(Buffer.from(offset, 'base64').toString())
    if (Array.isArray(key) && typeof key[0] === 'string' && isUuid(key[0])) return key[0]
  } catch {
    // said below
  }
  throw invalidOffset(offset, 'bad json encoding')
}

/** `offset` of collections that count: how many rows come before. @throws AdminProblem */
export function readCount(query: URLSearchParams): number {
  const offset = query.get('offset')
  if (offset === null) return 0
  const count = Number(offset)
  if (offset.trim() !== '' && Number.isSafeInteger(count) && count >= 0) return count
  throw invalidOffset(offset, 'not a number')
}
