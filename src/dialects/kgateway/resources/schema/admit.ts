import { checkRules, hasRules } from './check-rules.ts'
import { checkShape } from './check-shape.ts'
import { checkUnique } from './check-unique.ts'
import { type FieldError, rulesNotAsked } from './field-error.ts'
import { withDefaults } from './fill-defaults.ts'
import type { Node } from './node.ts'
import { pruned, type UnknownField } from './prune.ts'

export interface Admitted<T> {
  /** The value pruned and with its defaults; of the type that the schema says only where there are no errors. */
  readonly value: T
  readonly errors: readonly FieldError[]
  readonly unknown: readonly UnknownField[]
}

/**
 * Does with a value what an API server does before it keeps one: leaves out what the schema does not know, puts in
 * defaults, and checks it, in this order.
 *
 * @param old the value before, where this is a change of it.
 */
export function admit<T>(node: Node<T>, value: unknown, old?: unknown): Admitted<T> {
  const unknown: UnknownField[] = []
  const full = withDefaults(node, pruned(node, value, [], unknown))
  const errors: FieldError[] = []
  checkShape(node, full, [], errors)
  checkUnique(node, full, [], errors)
  if (hasRules(node)) {
    if (errors.some(({ blocksRules }) => blocksRules)) errors.push(rulesNotAsked)
    else checkRules(node, full, old, [], errors)
  }
  return { value: full as T, errors, unknown }
}
