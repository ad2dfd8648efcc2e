/**
 * JSON as protobuf's `Struct` has it: what Envoy reads tokens with, and what it writes claims into headers with.
 *
 * Read: an object (or `null`, which stands for an empty one), no name twice in one object, at most 100 levels, well-formed
 * Unicode, finite numbers. Unlike protobuf we take JSON only: no single quotes, bare names or control characters.
 */
import { isUtf8 } from 'node:buffer'
import { isJsonObject, type JsonObject } from './strict-json.ts'

const LEVELS = 100

/** @returns null for everything else than such an object; never throws. */
export function structFrom(bytes: Uint8Array): JsonObject | null {
  if (!isUtf8(bytes)) return null
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return null
  }
  if (value === null) return {}
  if (!isJsonObject(value)) return null
  const members = membersIn(value, 1)
  // A second member of one name replaces the first and is not counted: then there are more colons than members.
  return members === membersWritten(text) ? value : null
}

/** How many members there are at all levels; -1 when something in it is not for a `Struct`. */
function membersIn(value: unknown, level: number): number {
  switch (typeof value) {
    case 'string':
      return value.isWellFormed() ? 0 : -1
    case 'number':
      // JSON.parse reads 1e999 as Infinity
      return Number.isFinite(value) ? 0 : -1
    case 'object':
      break
    default:
      return 0
  }
  if (value === null) return 0
  if (level > LEVELS) return -1
  let count = 0
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value)
  if (!Array.isArray(value)) {
    count = parts.length
    for (const name in value) if (!name.isWellFormed()) return -1
  }
  for (const part of parts) {
    const inner = membersIn(part, level + 1)
    if (inner < 0) return -1
    count += inner
  }
  return count
}

/** Colons outside of texts, in what is known to be JSON. */
function membersWritten(text: string): number {
  let count = 0
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i)
    if (char === 0x3a) count++
    if (char !== 0x22) continue
    for (i++; text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++
  }
  return count
}

/** Compact JSON. Members stand in the order they have; protobuf's order is any. */
export function structText(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  if (typeof value === 'string') return quoted(value)
  if (typeof value !== 'object' || value === null) return String(value)
  if (Array.isArray(value)) return `[${value.map(structText).join(',')}]`
  const members = Object.entries(value).map(([name, member]) => `${quoted(name)}:${structText(member)}`)
  return `{${members.join(',')}}`
}

/** What protobuf escapes beyond JSON's need: `<`, `>`, C1 controls, and what formats text without being seen. */
const UNSEEN =
  /[<>\x7f-\x9f\xad\u0600-\u0603\u06dd\u070f\u17b4\u17b5\u200b-\u200f\u2028-\u202e\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb]|\ud834[\udd73-\udd7a]|\udb40[\udc01\udc20-\udc7f]/g

function quoted(text: string): string {
  return JSON.stringify(text).replace(UNSEEN, (found) =>
    Array.from({ length: found.length }, (_, n) => `\\u${found.charCodeAt(n).toString(16).padStart(4, '0')}`).join(''),
  )
}

/** As C's `%.15g`, or `%.17g` where 15 digits are not enough to read the same number again. */
function numberText(value: number): string {
  for (const digits of [15, 17]) {
    const [mantissa = '', exponent = '0'] = value.toExponential(digits - 1).split('e')
    const power = Number(exponent)
    const text =
      power < -4 || power >= digits
        ? `${trimmed(mantissa)}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`
        : trimmed(value.toFixed(Math.max(0, digits - 1 - power)))
    if (digits === 17 || Number(text) === value) return Object.is(value, -0) ? '-0' : text
  }
  return String(value)
}

function trimmed(decimal: string): string {
  return decimal.includes('.') ? decimal.replace(/\.?0+$/, '') : decimal
}
