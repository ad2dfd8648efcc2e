import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto'

/**
 * What OWASP asks for: with 16 MiB (2^14 blocks of 1 KiB) five rounds. More memory would have more of it taken by three
 * hashes at once than a small gateway has to spare.
 */
const COST = { ln: 14, r: 8, p: 5 } as const
const BYTES = 32
const SALT_BYTES = 16
const CURRENT = `$scrypt$ln=${COST.ln},r=${COST.r},p=${COST.p}$`

/** A row that asks for more would let whoever may write rows stop the gateway: 256 MiB, and 40 times the work of ours. */
const MOST_MEMORY = 2 ** 28
const MOST_WORK = 40 * 2 ** COST.ln * COST.r * COST.p

const FORMAT =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{8,86})={0,2}\$([A-Za-z0-9+/]{22,86})={0,2}$/

interface Stored {
  readonly salt: Buffer
  readonly hash: Buffer
  readonly options: ScryptOptions
}

/**
 * scrypt (RFC 7914) as a PHC string: `$scrypt$ln=14,r=8,p=5$SALT$HASH`, both in base64 unpadded. Hashes take some
 * hundred milliseconds each, in another thread.
 */
export const scryptPassword = {
  async hash(password: string): Promise<string> {
    const salt = randomBytes(SALT_BYTES)
    return `${CURRENT}${unpadded(salt)}$${unpadded(await derive(password, { salt, ...sized(COST) }, BYTES))}`
  },
  /**
   * False also when `stored` is not of this format, or asks for more work than is sane, and for a password that ends in
   * NUL: the HMAC inside fills short keys up with those, so that it would pass for the password without them.
   */
  async matches(password: string, stored: string): Promise<boolean> {
    const read = password.endsWith('\0') ? null : readStored(stored)
    return read !== null && timingSafeEqual(await derive(password, read, read.hash.length), read.hash)
  },
  /** True for text of this format. */
  isStored: (text: string) => readStored(text) !== null,
}

function derive(password: string, { salt, options }: Pick<Stored, 'salt' | 'options'>, bytes: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)))
  })
}

function sized({ ln, r, p }: { readonly ln: number; readonly r: number; readonly p: number }) {
  // Node refuses what takes more than `maxmem`, and counts a little beside the blocks.
  return { options: { N: 2 ** ln, r, p, maxmem: 2 * MOST_MEMORY } }
}

function readStored(stored: string): Stored | null {
  const [, ln, r, p, salt, hash] = FORMAT.exec(stored) ?? []
  if (salt === undefined || hash === undefined) return null
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) }
  const blocks = 2 ** cost.ln * cost.r
  const isSane =
    cost.ln >= 1 && cost.r >= 1 && cost.p >= 1 && blocks * 128 <= MOST_MEMORY && blocks * cost.p <= MOST_WORK
  return isSane ? { salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64'), ...sized(cost) } : null
}

const unpadded = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '')
