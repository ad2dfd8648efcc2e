import { optional, record, text } from '../../../policy/fields.ts'
import { addEntityProblem, atLeastOneOf } from '../schema/problems.ts'
import * as t from './field-types.ts'
import { type EntityKind, isEmpty } from './kind.ts'

/** Someone or something that calls. */
export const consumer: EntityKind = {
  name: 'consumers',
  path: 'consumers',
  nestedPath: 'consumers',
  endpointKey: 'username',
  uniqueTogether: [],
  expires: false,
  shape: record({
    id: t.id(),
    created_at: t.time(),
    updated_at: t.time(),
    username: optional(text().meta({ unique: true })),
    custom_id: optional(text().meta({ unique: true })).describe("The caller's id in your own systems."),
    tags: t.tags(),
  }),
  check(values, problems) {
    const names = ['custom_id', 'username']
    if (names.every((name) => isEmpty(values[name]))) addEntityProblem(problems, atLeastOneOf(names))
  },
}
