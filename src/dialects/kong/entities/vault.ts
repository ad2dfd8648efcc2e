import { z } from 'zod'
import { optional, record, text } from '../../../policy/fields.ts'
import { vaultSchemas } from '../../../secrets/vault-schemas.ts'
import * as t from './field-types.ts'
import type { EntityKind } from './kind.ts'

const TYPES = Object.keys(vaultSchemas).sort()
const PREFIX = /^[a-z][a-z0-9-]*[a-z0-9]$/

/** A place that secrets are kept in, by the name under which references call it. */
export const vault: EntityKind = {
  name: 'vaults',
  path: 'vaults',
  nestedPath: 'vaults',
  endpointKey: 'prefix',
  uniqueTogether: [],
  expires: false,
  shape: vaultShape(null),
  shapeFor({ name }) {
    if (name === undefined || name === null) return { problems: { name: 'required field missing' } }
    if (typeof name !== 'string') return { problems: { name: 'expected a string' } }
    const shape = shapes.get(name)
    return shape === undefined ? { problems: { name: `vault '${name}' is not installed` } } : { shape }
  },
}

/** Without a type: the fields that all have. */
export function vaultShape(type: string | null) {
  return record({
    id: t.id(),
    prefix: t
      .checked(prefixProblem)
      .meta({ unique: true })
      .describe('The name by which references call the vault: {vault://PREFIX/…}.'),
    name: text().describe(`The type of the vault: ${TYPES.join(', ')}.`),
    description: optional(text()),
    config: (type === null ? z.looseObject({}) : vaultSchemas[type]!) as z.ZodObject,
    created_at: t.time(),
    updated_at: t.time(),
    tags: t.tags(),
  })
}

const shapes = new Map(TYPES.map((type) => [type, vaultShape(type)]))

function prefixProblem(prefix: string): string | null {
  if (!PREFIX.test(prefix)) return `invalid value: ${prefix}`
  // References that name a type mean the vault of that type that the node itself configures.
  return TYPES.includes(prefix) ? `must not be one of: ${TYPES.join(', ')}` : null
}
