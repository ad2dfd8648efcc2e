import { END, type Node, parseExpression } from './expression-grammar.ts'

/**
 * Whether the built-in, backtracking engine runs an expression in linear time, when it is tried at one place only.
 *
 * The proof: wherever the engine may choose (go on repeating or stop, this alternative or that), the characters with
 * which the choices can go on are disjoint. One look at the next character then decides, and a choice that is taken
 * back fails at once. Conservative: many harmless expressions are not proven and go to the slower, always linear engine.
 */
export function isProvenLinear(source: string): boolean {
  const node = parseExpression(source)
  return node !== null && isDecided(node, 0n)
}

/** `follow`: the characters with which the text may go on after this node; none at the very end of the expression. */
function isDecided(node: Node, follow: bigint): boolean {
  switch (node.kind) {
    case 'one':
      return true
    case 'all': {
      let after = follow
      for (const part of node.of.toReversed()) {
        if (!isDecided(part, after)) return false
        after = first(part) | (isNullable(part) ? after : 0n)
      }
      return true
    }
    case 'any': {
      let seen = 0n
      for (const choice of node.of) {
        if (isNullable(choice) || (seen & first(choice)) !== 0n || !isDecided(choice, follow)) return false
        seen |= first(choice)
      }
      return true
    }
    case 'repeat': {
      const start = first(node.of)
      if (isNullable(node.of) || (start & END) !== 0n) return false
      if (node.min !== node.max && (start & follow) !== 0n) return false
      return isDecided(node.of, node.max > 1 ? start | follow : follow)
    }
  }
}

function first(node: Node): bigint {
  switch (node.kind) {
    case 'one':
      return node.set
    case 'all': {
      let set = 0n
      for (const part of node.of) {
        set |= first(part)
        if (!isNullable(part)) break
      }
      return set
    }
    case 'any':
      return node.of.reduce((set, choice) => set | first(choice), 0n)
    case 'repeat':
      return node.max === 0 ? 0n : first(node.of)
  }
}

function isNullable(node: Node): boolean {
  switch (node.kind) {
    case 'one':
      return false
    case 'all':
      return node.of.every(isNullable)
    case 'any':
      return node.of.some(isNullable)
    case 'repeat':
      return node.min === 0 || isNullable(node.of)
  }
}
