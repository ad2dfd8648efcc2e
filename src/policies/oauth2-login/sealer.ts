/**
 * What only this gateway can have written (and others with the same secret): AES-256-GCM for what nobody else may read,
 * HMAC-SHA-256 for what belongs together. Each purpose has a key of its own, so that nothing sealed for one is good for another.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto'

const IV = 12
const TAG = 16

export class Sealer {
  readonly #secret: string
  readonly #keys = new Map<string, Buffer>()

  constructor(secret: string) {
    this.#secret = secret
  }

  /** @param purpose what it is for, and what it belongs to. @returns base64url. */
  seal(purpose: string, text: string): string {
    const iv = randomBytes(IV)
    const cipher = createCipheriv('aes-256-gcm', this.#key('seal'), iv).setAAD(Buffer.from(purpose))
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url')
  }

  /** @returns null for what was not sealed here, or for another purpose. */
  open(purpose: string, sealed: string): string | null {
    const bytes = Buffer.from(sealed, 'base64url')
    if (bytes.length < IV + TAG) return null
    try {
      const decipher = createDecipheriv('aes-256-gcm', this.#key('seal'), bytes.subarray(0, IV), { authTagLength: TAG })
      decipher.setAAD(Buffer.from(purpose)).setAuthTag(bytes.subarray(-TAG))
      return Buffer.concat([decipher.update(bytes.subarray(IV, -TAG)), decipher.final()]).toString('utf8')
    } catch {
      return null
    }
  }

  /** Of parts in order; where one ends and the next begins counts. */
  mac(parts: readonly string[]): string {
    const mac = createHmac('sha256', this.#key('mac'))
    for (const part of parts) mac.update(`${Buffer.byteLength(part)}:${part}`)
    return mac.digest('base64url')
  }

  hasMac(parts: readonly string[], given: string): boolean {
    return isSame(this.mac(parts), given)
  }

  #key(purpose: string): Buffer {
    let key = this.#keys.get(purpose)
    if (key === undefined) {
      key = Buffer.from(hkdfSync('sha256', this.#secret, '', `sallyport oauth2-login ${purpose}`, 32))
      this.#keys.set(purpose, key)
    }
    return key
  }
}

/** In constant time for texts of one length. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
