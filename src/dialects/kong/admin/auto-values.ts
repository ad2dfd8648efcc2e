import { randomBytes, randomUUID } from 'node:crypto'
import type { Values } from '../entities/kind.ts'
import type { Field } from '../schema/field.ts'

/**
 * Fills in what the gateway writes itself: ids, times, random keys and secrets, also inside a policy's config.
 *
 * @param now milliseconds since the epoch.
 */
export function withAutoValues(
  field: Field,
  input: Readonly<Values>,
  context: 'create' | 'change',
  now: number,
): Values {
  const values: Values = { ...input }
  for (const [name, inner] of field.fields!) {
    const { meta, type } = inner
    if (type === 'record') {
      const filled = isUnset(values[name]) ? {} : values[name]
      if (!isRecord(filled)) continue
      const nested = withAutoValues(inner, filled, context, now)
      if (!isUnset(values[name]) || Object.keys(nested).length > 0) values[name] = nested
    }
    if (!meta.auto) continue
    if (meta.written === 's' || meta.written === 'ms') {
      const isDue = name === 'updated_at' || (context === 'create' && isUnset(values[name]))
      if (isDue) values[name] = meta.written === 's' ? Math.floor(now / 1000) : now / 1000
    } else if (context === 'create' && isUnset(values[name])) {
      if (meta.written === 'uuid') values[name] = randomUUID()
      else if (type === 'string') values[name] = randomText()
    }
  }
  return values
}

const isRecord = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isUnset = (value: unknown) => value === undefined || value === null

/** 32 letters and digits made of 24 random bytes: what generated keys and secrets look like. */
function randomText(): string {
  const letter = () => String.fromCharCode(97 + (randomBytes(1)[0]! % 26))
  return randomBytes(24).toString('base64').replace(/[+/]/g, letter)
}
