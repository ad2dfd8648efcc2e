import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto'

/** What a sealed text begins with: version, then the id of the key. */
const MARK = 'sealed:1:'
const NONCE_BYTES = 12
const TAG_BYTES = 16

interface Key {
  readonly id: string
  readonly encryption: Buffer
  readonly lookup: Buffer
}

/** A sealed text can't be opened: by whichever key it was sealed, it is not among these, or the text was changed. */
export class CannotOpen extends Error {
  override readonly name = 'CannotOpen'
}

/** Keys of a store: the first one seals, all of them open. Never printed. */
export class KeyRing {
  readonly #keys: readonly Key[]

  /** @param keys 32 bytes each, one at least. */
  constructor(keys: readonly Uint8Array[]) {
    this.#keys = keys.map((bytes) => ({
      id: createHash('sha256').update('sallyport store key id\0').update(bytes).digest('hex').slice(0, 12),
      // Two uses, two keys (NIST SP 800-108): what is learnt of one says nothing of the other.
      encryption: derived(bytes, 'sallyport store encryption'),
      lookup: derived(bytes, 'sallyport store lookup'),
    }))
  }

  /** Ids of all keys, that which seals first. They say nothing of the keys. */
  get ids(): readonly string[] {
    return this.#keys.map(({ id }) => id)
  }

  /** @param place what the text belongs to: in another place it can't be opened. AES-256-GCM, a nonce of its own each. */
  seal(text: string, place: string): string {
    const key = this.#keys[0]!
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', key.encryption, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(Buffer.from(place))
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()])
    return `${MARK}${key.id}:${sealed.toString('base64')}`
  }

  /** @throws CannotOpen */
  open(sealed: string, place: string): string {
    const [id, text] = sealed.slice(MARK.length).split(':')
    const key = this.#keys.find((each) => each.id === id)
    if (key === undefined) throw new CannotOpen(`it was sealed with the key ${id}, which is not there`)
    const bytes = Buffer.from(text ?? '', 'base64')
    if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new CannotOpen('it is not whole')
    const nonce = bytes.subarray(0, NONCE_BYTES)
    const decipher = createDecipheriv('aes-256-gcm', key.encryption, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(place))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES))
      return Buffer.concat([opened, decipher.final()]).toString('utf8')
    } catch {
      throw new CannotOpen('it was changed, or belongs elsewhere')
    }
  }

  /** What a value is found by, one for each key: that of the key which seals first. HMAC-SHA-256. */
  lookups(value: string, place: string): readonly string[] {
    return this.#keys.map(({ id, lookup }) => {
      const digest = createHmac('sha256', lookup)
        .update(JSON.stringify([place, value]))
        .digest('base64url')
      return `${MARK}${id}:${digest}`
    })
  }
}

export function isSealed(text: string): boolean {
  return text.startsWith(MARK)
}

function derived(bytes: Uint8Array, use: string): Buffer {
  return Buffer.from(hkdfSync('sha256', bytes, new Uint8Array(0), use, 32))
}
