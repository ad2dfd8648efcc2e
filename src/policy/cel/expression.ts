import { isCelError, parse, plan } from '@bufbuild/cel'
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { BoundedMap } from '../../base/bounded-map.ts'
import { environment } from './environment.ts'
import type { RequestVariables } from './request-variables.ts'

/** What came of an expression. `error` is also what came to anything but true or false. */
export type CelOutcome = boolean | 'error'

export type CelExpression = (variables: RequestVariables) => CelOutcome

/** Operators that are no functions of the environment. */
const OPERATORS: ReadonlySet<string> = new Set([
  ...['_&&_', '_||_', '_?_:_', '_[_]', '_[?_]', '_?._'],
  ...['@not_strictly_false', '__not_strictly_false__'],
])

/** What was found of expressions lately: a dialect looks at all of its rules again whenever one object changes. */
const checked = new BoundedMap<{ readonly problem: string | null }>(20_000, 16 * 1024 * 1024)

/**
 * Whether a rule can be used: its syntax, and that all its functions are known. What a request lacks shows only then.
 *
 * @returns null, or what is wrong with it.
 */
export function checkExpression(source: string): string | null {
  let known = checked.get(source)
  if (known === undefined) checked.set(source, (known = { problem: problemOf(source) }), 2 * source.length)
  return known.problem
}

function problemOf(source: string): string | null {
  try {
    const unknown = unknownFunction(parsed(source))
    return unknown === null ? null : `undeclared reference to '${unknown}': no such function`
  } catch (error) {
    return `Syntax error: ${error instanceof Error ? error.message.replace('<input>:', '') : String(error)}`
  }
}

/** @throws Error when `checkExpression(source)` has something to say. */
export function compileExpression(source: string): CelExpression {
  const problem = checkExpression(source)
  if (problem !== null) throw new Error(problem)
  const program = plan(environment, parsed(source))

  return (variables) => {
    // Errors are outcomes here, and common (a header that is not there): collecting a stack costs ten times the evaluation.
    const limit = Error.stackTraceLimit
    Error.stackTraceLimit = 0
    try {
      const value = program(variables as never)
      return isCelError(value) || typeof value !== 'boolean' ? 'error' : value
    } finally {
      Error.stackTraceLimit = limit
    }
  }
}

function parsed(source: string): Expr {
  const { expr } = parse(source)
  if (expr === undefined) throw new Error('no expression')
  return expr
}

/** The first function in an expression that nobody knows. */
function unknownFunction(expr: Expr | undefined): string | null {
  if (expr === undefined) return null
  const { exprKind } = expr
  switch (exprKind.case) {
    case 'callExpr': {
      const { function: name, target, args } = exprKind.value
      const owner = target === undefined ? null : dotted(target)
      if (owner !== null && environment.funcs.find(`${owner}.${name}`) !== undefined) return firstUnknown(args)
      if (!OPERATORS.has(name) && environment.funcs.find(name) === undefined)
        return owner === null ? name : `${owner}.${name}`
      return unknownFunction(target) ?? firstUnknown(args)
    }
    case 'selectExpr':
      return unknownFunction(exprKind.value.operand)
    case 'listExpr':
      return firstUnknown(exprKind.value.elements)
    case 'structExpr':
      return firstUnknown(
        exprKind.value.entries.flatMap(({ keyKind, value }) => [
          ...(keyKind.case === 'mapKey' ? [keyKind.value] : []),
          ...(value === undefined ? [] : [value]),
        ]),
      )
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = exprKind.value
      return firstUnknown([iterRange, accuInit, loopCondition, loopStep, result])
    }
    default:
      return null
  }
}

function firstUnknown(parts: readonly (Expr | undefined)[]): string | null {
  for (const part of parts) {
    const unknown = unknownFunction(part)
    if (unknown !== null) return unknown
  }
  return null
}

/** `re`, `math.sub`: what may be the first part of a function's name. */
function dotted({ exprKind }: Expr): string | null {
  if (exprKind.case === 'identExpr') return exprKind.value.name
  if (exprKind.case !== 'selectExpr' || exprKind.value.operand === undefined) return null
  const owner = dotted(exprKind.value.operand)
  return owner === null ? null : `${owner}.${exprKind.value.field}`
}
