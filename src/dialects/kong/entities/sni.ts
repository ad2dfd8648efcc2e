import { record } from '../../../policy/fields.ts'
import * as t from './field-types.ts'
import type { EntityKind } from './kind.ts'

/** A server name, and the certificate that is shown for it. */
export const sni: EntityKind = {
  name: 'snis',
  path: 'snis',
  nestedPath: 'snis',
  endpointKey: 'name',
  uniqueTogether: [],
  expires: false,
  shape: record({
    id: t.id(),
    name: t.serverName(true).meta({ unique: true }),
    created_at: t.time(),
    updated_at: t.time(),
    tags: t.tags(),
    certificate: t.foreign('certificates', 'cascade'),
  }),
}
