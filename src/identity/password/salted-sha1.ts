import { hash, timingSafeEqual } from 'node:crypto'
import type { PasswordFormat } from './password-format.ts'

/**
 * Kong's format: lower-case hexadecimal SHA-1 of the password followed by the consumer's id. Weak by today's measure
 * (a graphics card tries billions a second), kept because rows that users bring are in it and a hash can't be turned
 * into a better one.
 */
export const saltedSha1: PasswordFormat = {
  hash: digest,
  matches(password, salt, stored) {
    const expected = Buffer.from(digest(password, salt))
    const given = Buffer.from(stored)
    return expected.length === given.length && timingSafeEqual(expected, given)
  },
}

function digest(password: string, consumerId: string): string {
  return hash('sha1', password + consumerId, 'hex')
}
