import { randomInt } from 'node:crypto'

/** Chosen anew by each process, so that nobody can prepare names that all fall into one place. */
const SEED = randomInt(0x7fffffff)

/** A 32-bit hash of text (FNV-1a over the code units, then mixed). `salt` keeps the keys of different kinds apart. */
export function textHash(text: string, salt = 0): number {
  let hash = (SEED ^ Math.imul(salt, 0x9e3779b1)) | 0
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
