import { randomFillSync } from 'node:crypto'

const ID_BYTES = 16
const pool = Buffer.allocUnsafe(ID_BYTES * 256)
let used = pool.length

/** 32 random hexadecimal digits. Random bytes are drawn for 256 ids at a time. */
export function requestId(): string {
  if (used === pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const id = pool.hexSlice(used, used + ID_BYTES)
  used += ID_BYTES
  return id
}
