import { luaText } from '../schema/lua-text.ts'
import type { FieldProblem, Problems } from '../schema/problems.ts'
import { violationMessage } from '../schema/problems.ts'

/** An answer that ends the handling of a request where it is thrown: status and body as Kong would send them. */
export class AdminProblem extends Error {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>

  constructor(status: number, body: Readonly<Record<string, unknown>>) {
    super(String(body['message']))
    this.status = status
    this.body = body
  }
}

type Key = Readonly<Record<string, unknown>>

const coded = (status: number, code: number, name: string, message: string, more: Record<string, unknown> = {}) =>
  new AdminProblem(status, { code, name, message, ...more })

export const notFound = () => new AdminProblem(404, { message: 'Not found' })
export const methodNotAllowed = () => new AdminProblem(405, { message: 'Method not allowed' })
export const badRequest = (message: string) => new AdminProblem(400, { message })

export function invalidPrimaryKey(fields: Problems): AdminProblem {
  return coded(400, 1, 'invalid primary key', `invalid primary key: '${luaText(fields)}'`, { fields })
}

export function schemaViolation(fields: Problems): AdminProblem {
  return coded(400, 2, 'schema violation', violationMessage(fields), { fields })
}

export function primaryKeyViolation(id: string): AdminProblem {
  const fields = { id }
  return coded(400, 3, 'primary key violation', `primary key violation on key '${luaText(fields)}'`, { fields })
}

export function missingReference(field: string, target: string, id: string): AdminProblem {
  const message = `the foreign key '${luaText({ id })}' does not reference an existing '${target}' entity.`
  return coded(400, 4, 'foreign key violation', message, { fields: { [field]: { id } } })
}

export function stillReferenced(kind: string, by: string): AdminProblem {
  const message = `an existing '${by}' entity references this '${kind}' entity`
  return coded(400, 4, 'foreign key violation', message, { fields: { '@referenced_by': by } })
}

export function uniqueViolation(fields: Key): AdminProblem {
  return coded(409, 5, 'unique constraint violation', `UNIQUE violation detected on '${luaText(fields)}'`, { fields })
}

/** By id, or by another unique field. */
export function entityNotFound(fields: Key): AdminProblem {
  const by = 'id' in fields ? 'with primary key ' : 'with '
  return coded(404, 6, 'not found', `could not find the entity ${by}'${luaText(fields)}'`, { fields })
}

export function invalidOffset(offset: string, why: string): AdminProblem {
  return coded(400, 7, 'invalid offset', `'${offset}' is not a valid offset: ${why}`)
}

export function invalidSize(message: string): AdminProblem {
  return coded(400, 9, 'invalid size', message)
}

export function invalidUnique(field: string, problem: FieldProblem): AdminProblem {
  return coded(400, 10, `invalid unique ${field}`, typeof problem === 'string' ? problem : luaText(problem))
}

export function invalidOption(name: string, why: string): AdminProblem {
  return coded(400, 11, 'invalid options', `invalid option (${name}: ${why})`, { options: { [name]: why } })
}

export function unresolvedReference(field: string, name: string, value: string, kind: string): AdminProblem {
  const why = `the foreign key cannot be resolved with '${luaText({ [name]: value })}' for an existing '${kind}' entity`
  return coded(400, 13, 'foreign keys unresolved', `foreign key unresolved (${field}.${name}: ${why})`, {
    fields: { [field]: { [name]: why } },
  })
}

/** @param more further keys of the body. */
export function invalidDeclaration(fields: Key, message: string, more: Record<string, unknown>): AdminProblem {
  return coded(400, 14, 'invalid declarative configuration', message, { fields, ...more })
}

export function referencedByOthers(message: string): AdminProblem {
  return coded(400, 19, 'referenced by others', message)
}
