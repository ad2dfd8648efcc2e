import { type FieldError, invalid } from './field-error.ts'
import type { Node } from './node.ts'
import type { Path } from './path.ts'
import { isRecord } from './prune.ts'
import type { Rule } from './rule.ts'

/**
 * Asks the rules of a value and of everything inside. Only for values whose shape is right.
 *
 * @param old what stood here before, as far as that can be said; undefined if nothing did.
 */
export function checkRules(node: Node, value: unknown, old: unknown, at: Path, errors: FieldError[]): void {
  for (const rule of node.rules ?? []) {
    const wrong = answerOf(rule as Rule<unknown>, value, old)
    if (wrong !== null) errors.push(invalid(at, ruleType(node), wrong))
  }
  if (Array.isArray(value)) {
    const { items } = node
    for (const [n, item] of value.entries()) {
      if (items !== undefined) checkRules(items, item, undefined, [...at, n], errors)
    }
  } else if (isRecord(value)) {
    const before = isRecord(old) ? old : {}
    for (const [name, field] of Object.entries(node.fields ?? {})) {
      if (Object.hasOwn(value, name)) checkRules(field, value[name], before[name], [...at, name], errors)
    }
    if (node.values !== undefined) {
      for (const [key, each] of Object.entries(value))
        checkRules(node.values, each, before[key], [...at, { key }], errors)
    }
  }
}

/** What an API server shows for the value that breaks a rule: the name of its type. */
const ruleType = ({ type }: Node): string => (type === 'integer-or-string' ? '' : type)

function answerOf(rule: Rule<unknown>, value: unknown, old: unknown): string | null {
  if (rule.ofChange === true && old === undefined) return null
  const answer = rule.holds(value, old)
  if (typeof answer === 'boolean') return answer ? null : rule.message
  return `${answer.error} evaluating rule: ${rule.message}`
}

const known = new WeakMap<Node, boolean>()

/** Whether a schema has rules anywhere. */
export function hasRules(node: Node): boolean {
  const found = known.get(node)
  if (found !== undefined) return found
  const inside = [...Object.values(node.fields ?? {}), node.values, node.items]
  const answer = node.rules !== undefined || inside.some((each) => each !== undefined && hasRules(each))
  known.set(node, answer)
  return answer
}
