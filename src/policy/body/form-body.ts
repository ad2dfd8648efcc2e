import { wireText } from '../../base/wire-text.ts'
import { type BodyFields, notText, several } from './body-field.ts'

/** A body of `name=value` pairs (application/x-www-form-urlencoded). */
export function formBody(bytes: Uint8Array): BodyFields {
  const pairs = Buffer.from(bytes).toString('latin1').split('&')
  const parsed = pairs.map((pair) => {
    const equals = pair.indexOf('=')
    return equals === -1
      ? { name: decoded(pair), value: null }
      : { name: decoded(pair.slice(0, equals)), value: decoded(pair.slice(equals + 1)) }
  })
  return {
    find(name) {
      const found = parsed.filter((pair) => pair.name === name)
      if (found.length > 1) return several
      const [pair] = found
      return pair === undefined ? undefined : (pair.value ?? notText)
    },
    without(name) {
      const kept = pairs.filter((_, index) => parsed[index]?.name !== name)
      return kept.length === pairs.length ? null : Buffer.from(kept.join('&'), 'latin1')
    },
  }
}

/** Percent-decoded text, `+` for a space. A stray percent sign stands for itself; null when it is not UTF-8. */
function decoded(text: string): string | null {
  const bytes = text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
  return wireText(bytes)
}
