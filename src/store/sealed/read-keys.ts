import { KeyRing } from './key-ring.ts'

const KEY_BYTES = 32

/**
 * Reads keys: 32 bytes in base64 each, one a line (or between commas); what begins with `#` is a remark. The first seals.
 *
 * @param name where they come from, for errors.
 * @throws Error that says which line is none; never with its text.
 */
export function readKeys(text: string, name: string): KeyRing {
  const keys: Buffer[] = []
  for (const [index, line] of text.split(/[\n,]/).entries()) {
    const written = line.trim()
    if (written === '' || written.startsWith('#')) continue
    const bytes = Buffer.from(written, 'base64')
    if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(written) || bytes.length !== KEY_BYTES) {
      throw new Error(
        `${name}:${index + 1}: expected ${KEY_BYTES} bytes in base64, such as 'openssl rand -base64 32' prints`,
      )
    }
    keys.push(bytes)
  }
  if (keys.length === 0) throw new Error(`${name}: there is no key in it`)
  return new KeyRing(keys)
}
