import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { base64urlBytes } from '../../base/base64url.ts'
import { isJsonObject, jsonObject, member } from '../../base/strict-json.ts'
import type { Binding } from './credential-binding.ts'
import type { Session } from './session.ts'

const IV_BYTES = 12
const TAG_BYTES = 16
/** Nothing that we seal is longer: browsers take no larger cookies. */
const LONGEST = { cookie: 4096, row: 64 * 1024 }

/**
 * Seals sessions into cookie values and opens them again: AES-256-GCM with a random IV, a key of its own for each
 * purpose (HKDF, RFC 5869), so that a value is good under one cookie name and for one audience only.
 */
export class Seal {
  readonly #key: Buffer

  readonly #longest: number

  /** @param place what is sealed for cookies is no good in rows, and the other way round. */
  constructor(secret: string, audience: string, cookieName: string, place: 'cookie' | 'row' = 'cookie') {
    const where = place === 'cookie' ? [] : [place]
    const purpose = JSON.stringify(['sallyport session', audience, cookieName, ...where])
    this.#longest = LONGEST[place]
    this.#key = Buffer.from(hkdfSync('sha256', secret, '', purpose, 32))
  }

  /** @param context what must be the same when it is opened again; nothing by default. */
  close(session: Session, context = ''): string {
    const iv = randomBytes(IV_BYTES)
    const cipher = createCipheriv('aes-256-gcm', this.#key, iv)
    cipher.setAAD(Buffer.from(context))
    const sealed = Buffer.concat([cipher.update(JSON.stringify(session), 'utf8'), cipher.final()])
    return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url')
  }

  /** @returns null for everything that was not sealed here. */
  open(value: string, context = ''): Session | null {
    const bytes = value.length > this.#longest ? null : base64urlBytes(value)
    if (bytes === null || bytes.length <= IV_BYTES + TAG_BYTES) return null
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(Buffer.from(context))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    try {
      const opened = [decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES)), decipher.final()]
      return readSession(Buffer.concat(opened))
    } catch {
      return null
    }
  }
}

/** Sealed by us, perhaps by another version of us: looked at before it is believed. */
function readSession(bytes: Buffer): Session | null {
  const json = jsonObject(bytes)
  if (json === null) return null
  const [id, consumerId, credentialId] = ['id', 'consumerId', 'credentialId'].map((name) => member(json, name))
  const [createdAt, renewedAt, usedAt] = ['createdAt', 'renewedAt', 'usedAt'].map((name) => member(json, name))
  const groups = member(json, 'groups')
  if (typeof id !== 'string' || typeof consumerId !== 'string' || typeof credentialId !== 'string') return null
  if (typeof createdAt !== 'number' || typeof renewedAt !== 'number' || typeof usedAt !== 'number') return null
  if (groups !== null && !(Array.isArray(groups) && groups.every((group) => typeof group === 'string'))) return null
  const bindings = member(json, 'bindings')
  if (!Array.isArray(bindings) || !bindings.every(isBinding)) return null
  const successor = member(json, 'successor')
  return {
    ...{ id, consumerId, credentialId, bindings, groups, createdAt, renewedAt, usedAt },
    ...(typeof successor === 'string' && { successor }),
  }
}

function isBinding(value: unknown): value is Binding {
  if (!isJsonObject(value)) return false
  return typeof member(value, 'id') === 'string' && typeof member(value, 'digest') === 'string'
}
