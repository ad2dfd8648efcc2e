import type { EntityKind, Values } from '../entities/kind.ts'
import { isEmpty } from '../entities/kind.ts'
import { checkEntity, referencesOf } from '../schema/entity.ts'
import { fieldOf } from '../schema/field.ts'
import { addEntityProblem, hasProblems, type Problems, quoted, UNKNOWN } from '../schema/problems.ts'
import { validateField } from '../schema/validate.ts'
import type { AdminContext } from './context.ts'
import { schemaViolation } from './problem.ts'

export interface Candidate {
  /** The whole entity, as it would become. */
  readonly values: Readonly<Values>
  /** The fields that were sent. */
  readonly given: Readonly<Values>
  /** The entity as it stands, when it is changed and not made or replaced. */
  readonly stored: Readonly<Values> | null
}

/** The entity as it may be stored, every problem of it considered. @throws AdminProblem with all of them */
export function judge(context: AdminContext, kind: EntityKind, candidate: Candidate): Values {
  const checked = checkEntity(kind, candidate.values)
  const problems: Problems = { ...checked.problems }
  explainReferences(context, kind, candidate.given, problems)
  checkWrittenTogether(kind, candidate, problems)
  if (candidate.stored) rewordForChanges(problems)
  if (checked.problems === null && !hasProblems(problems)) return checked.values
  throw schemaViolation(problems)
}

/** A foreign key without an id that describes the other entity instead: what is wrong with that says more. */
function explainReferences(context: AdminContext, kind: EntityKind, given: Readonly<Values>, problems: Problems): void {
  for (const { field, target } of referencesOf(kind)) {
    const described = given[field]
    const other = context.kinds.get(target)
    const isBad = typeof problems[field] === 'object' && typeof described === 'object' && described !== null
    if (!isBad || !other) continue
    const inner: Problems = {}
    for (const [name, value] of Object.entries(described)) {
      const known = fieldOf(other.shape).fields!.get(name)
      if (value === null) continue
      const problem = known ? validateField(known, value).problem : UNKNOWN
      if (problem !== null) Object.defineProperty(inner, name, { value: problem, enumerable: true })
    }
    if (hasProblems(inner)) problems[field] = inner
  }
}

/** A password is hashed with the consumer's id: neither may change without the other. */
function checkWrittenTogether(kind: EntityKind, { values, given, stored }: Candidate, problems: Problems): void {
  for (const { input, needs } of kind.writtenTogether ?? []) {
    const needsChanged = stored !== null && valueAt(given, needs) !== valueAt(stored, needs)
    if (!needsChanged && isEmpty(given[input])) continue
    const looked = needsChanged ? given : values
    const set = [input, needs].filter((path) => !isEmpty(valueAt(looked, path)))
    if (set.length === 1) {
      addEntityProblem(problems, `all or none of these fields must be set: ${quoted([input, needs])}`)
    }
  }
}

function valueAt(values: unknown, path: string): unknown {
  let value = values
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined
    value = (value as Values)[name]
  }
  return value
}

/** Kong words one sort of sentence differently for changes. */
function rewordForChanges(problems: Problems): void {
  const sentences = problems['@entity']
  if (!Array.isArray(sentences)) return
  problems['@entity'] = sentences.map((sentence) =>
    String(sentence).startsWith('at least one of') ? `when updating, ${sentence}` : sentence,
  )
}
