/** What stands between two percent signs: `%REQ(x-user?x-name):8%`. */
export interface Operator {
  readonly name: string
  /** What is in the parentheses; null without them. */
  readonly argument: string | null
  /** The most characters that are kept. */
  readonly length: number | null
}

const OPERATOR = /%([A-Z0-9_]+)(?:\(([^)]*)\))?(?::([0-9]+))?%/y

/**
 * Text with operators, as Envoy writes it: `%%` is a percent sign.
 *
 * @returns texts and operators in order; or what is wrong, as text.
 */
export function parseSubstitution(source: string): readonly (string | Operator)[] | { readonly problem: string } {
  const parts: (string | Operator)[] = []
  let text = ''
  for (let at = 0; at < source.length; ) {
    if (source[at] !== '%') {
      text += source[at++]
    } else if (source[at + 1] === '%') {
      text += '%'
      at += 2
    } else {
      OPERATOR.lastIndex = at
      const found = OPERATOR.exec(source)
      if (found === null)
        return { problem: `no operator at position ${at} of '${source}': write %% for a percent sign` }
      if (text !== '') parts.push(text)
      text = ''
      const [whole, name, argument, length] = found
      parts.push({ name: name!, argument: argument ?? null, length: length === undefined ? null : Number(length) })
      at += whole.length
    }
  }
  if (text !== '') parts.push(text)
  return parts
}
