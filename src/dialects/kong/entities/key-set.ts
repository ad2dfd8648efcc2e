import { optional, record, text } from '../../../policy/fields.ts'
import * as t from './field-types.ts'
import type { EntityKind } from './kind.ts'

/** A named group of keys. */
export const keySet: EntityKind = {
  name: 'key_sets',
  path: 'key-sets',
  nestedPath: 'key-sets',
  endpointKey: 'name',
  uniqueTogether: [],
  expires: false,
  shape: record({
    id: t.id(),
    name: optional(text().meta({ unique: true })),
    tags: t.tags(),
    created_at: t.time(),
    updated_at: t.time(),
  }),
}
