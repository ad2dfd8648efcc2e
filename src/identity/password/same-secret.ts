import { hash, timingSafeEqual } from 'node:crypto'

/** Compares in a time that tells neither how much is right nor how long the right one is. */
export function sameSecret(given: string, right: string): boolean {
  return timingSafeEqual(hash('sha256', given, 'buffer'), hash('sha256', right, 'buffer'))
}
