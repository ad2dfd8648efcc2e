import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import type { Values } from '../entities/kind.ts'
import type { Field } from '../schema/field.ts'

/** Where random texts come from: 64 bytes for the field at this path, such as `config.secret`. */
export type Chance = (field: string) => Buffer

const pureChance: Chance = () => randomBytes(64)

/** Random to whoever does not know the seed, and always the same for one field of one entity. */
export function seededChance(seed: string, entity: string): Chance {
  return (field) =>
    createHmac('sha512', seed)
      .update(JSON.stringify([entity, field]))
      .digest()
}

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
  chance = pureChance,
  above = '',
): Values {
  const values: Values = { ...input }
  for (const [name, inner] of field.fields!) {
    const { meta, type } = inner
    if (type === 'record') {
      const filled = isUnset(values[name]) ? {} : values[name]
      if (!isRecord(filled)) continue
      const nested = withAutoValues(inner, filled, context, now, chance, `${above}${name}.`)
      if (!isUnset(values[name]) || Object.keys(nested).length > 0) values[name] = nested
    }
    if (!meta.auto) continue
    if (meta.written === 's' || meta.written === 'ms') {
      const isDue = name === 'updated_at' || (context === 'create' && isUnset(values[name]))
      if (isDue) values[name] = meta.written === 's' ? Math.floor(now / 1000) : now / 1000
    } else if (context === 'create' && isUnset(values[name])) {
      if (meta.written === 'uuid') values[name] = randomUUID()
      else if (type === 'string') values[name] = keyText(chance(above + name))
    }
  }
  return values
}

const isRecord = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isUnset = (value: unknown) => value === undefined || value === null

/** 32 letters and digits made of 24 bytes, more of which replace `+` and `/`: what generated keys and secrets look like. */
function keyText(bytes: Buffer): string {
  let next = 24
  const letter = () => String.fromCharCode(97 + (bytes[next++]! % 26))
  return bytes.toString('base64', 0, 24).replace(/[+/]/g, letter)
}
