import { typeOf } from '../../schema/check-shape.ts'
import { type FieldError, placeless, wrongType } from '../../schema/field-error.ts'
import type { Node } from '../../schema/node.ts'
import { type Path, pathText } from '../../schema/path.ts'
import { rule } from '../../schema/rule.ts'

const EXPONENT = '[eE](\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))'
const QUANTITY = `^(\\+|-)?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|(${EXPONENT}))?$`
const parts = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i|[numkMGTPE])|[eE]([+-]?\d+))?$/

const FOUR_GI = 4 * 2 ** 30
const DECIMAL: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
}
const BINARY = ['Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei']

/** `1Mi`, `1000`, `1e3`: how many bytes (or whatever is counted); null if it says no number. */
export function quantityValue(written: string | number): number | null {
  if (typeof written === 'number') return written
  const found = parts.exec(written)
  if (found === null) return null
  const [, number, suffix, exponent] = found
  if (exponent !== undefined) return Number(number) * 10 ** Number(exponent)
  if (suffix === undefined) return Number(number)
  return Number(number) * (DECIMAL[suffix] ?? 1024 ** (BINARY.indexOf(suffix) + 1))
}

const NO_QUANTITY = {
  error: "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
}
const inRange = rule<string | number>('maxRequestSize must be greater than 0 and less than 4Gi', (written) => {
  const value = quantityValue(written)
  return value === null ? NO_QUANTITY : value > 0 && value < FOUR_GI
})

/** What is neither a number nor a text is told three times over, as it breaks the schema in three places. */
function alternatives(value: unknown, at: Path): readonly FieldError[] {
  if (typeof value === 'string' || Number.isInteger(value)) return []
  const place = pathText(at, 'dotted')
  return [placeless(`"${place}" must validate at least one schema (anyOf)`), wrongType(at, 'integer', typeOf(value))]
}

/** A size, as a number or as a quantity of Kubernetes. */
export const underFourGi = (): Node<string | number> => ({
  type: 'integer-or-string',
  pattern: QUANTITY,
  rules: [inRange],
  alternatives,
})
