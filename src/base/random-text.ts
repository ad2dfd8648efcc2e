import { randomBytes } from 'node:crypto'

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
/** Larger bytes are left out: with them some letters would come more often than others. */
const BOUND = 256 - (256 % ALPHABET.length)

/** Letters and digits that nobody can guess: six bits each, so 32 of them are 190 bits. */
export function randomText(length = 32): string {
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < BOUND && text.length < length) text += ALPHABET[byte % ALPHABET.length]
    }
  }
  return text
}
