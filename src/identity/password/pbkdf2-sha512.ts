import { pbkdf2, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { SlowHash } from './slow-hash.ts'

const derive = promisify(pbkdf2)

/** Kong's choice, kept so that rows mean the same on both. */
const ITERATIONS = 10_000
const BYTES = 32
const SALT_BYTES = 16
const CURRENT = `$pbkdf2-sha512$i=${ITERATIONS},l=${BYTES}$`

/** A row that asks for more would let whoever may write rows stop the gateway. */
const MOST_ITERATIONS = 1_000_000
const MOST_BYTES = 128

const FORMAT = /^\$pbkdf2-sha512\$(?:i=(\d{1,7}),l=(\d{1,3}))\$([A-Za-z0-9+/]+)={0,2}\$([A-Za-z0-9+/]+)={0,2}$/

/** PBKDF2 with SHA-512 (RFC 8018) as a PHC string: `$pbkdf2-sha512$i=10000,l=32$SALT$HASH`, both in base64 unpadded. */
export const pbkdf2Sha512: SlowHash = {
  hash(secret) {
    const salt = randomBytes(SALT_BYTES)
    const hash = pbkdf2Sync(secret, salt, ITERATIONS, BYTES, 'sha512')
    return `${CURRENT}${unpadded(salt)}$${unpadded(hash)}`
  },
  async matches(secret, stored) {
    const read = readStored(stored)
    if (read === null) return false
    const { iterations, salt, hash } = read
    return timingSafeEqual(await derive(secret, salt, iterations, hash.length, 'sha512'), hash)
  },
  isCurrent: (stored) => stored.startsWith(CURRENT),
  isStored: (text) => readStored(text) !== null,
}

function readStored(stored: string): { iterations: number; salt: Buffer; hash: Buffer } | null {
  const [, iterations, bytes, salt, hash] = FORMAT.exec(stored) ?? []
  const read = {
    iterations: Number(iterations),
    salt: Buffer.from(salt ?? '', 'base64'),
    hash: Buffer.from(hash ?? '', 'base64'),
  }
  const isSane = read.iterations >= 1 && read.iterations <= MOST_ITERATIONS && read.hash.length <= MOST_BYTES
  return isSane && read.hash.length > 0 && read.hash.length === Number(bytes) ? read : null
}

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
