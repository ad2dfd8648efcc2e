/**
 * Functions that stand as text in a configuration. They run in this process with all its rights: node:vm compiles them,
 * and is no sandbox. Whoever may write them runs code here, which is why a switch of the gateway allows it.
 */
import { constants, Script } from 'node:vm'

/** A text, compiled: called with one object. */
export type TextFunction = (given: unknown) => unknown

/** What is wrong with a text; null when it can be compiled. Runs nothing of it. */
export function functionProblem(text: string): string | null {
  try {
    parsed(text, 'kong')
  } catch (error) {
    return looksLikeLua(text) ? LUA : `not JavaScript: ${(error as Error).message}`
  }
  return SURELY_LUA.test(text) ? LUA : null
}

/**
 * A text that begins like a function (`function`, `async`, `(`, `name =>`) is an expression, evaluated once, here: what
 * it closes over lives as long as the configuration. Any other is the body of a function with the parameter `kong`.
 *
 * @throws Error when the text is neither, or the expression gives no function.
 */
export function compileFunction(text: string, parameter = 'kong'): TextFunction {
  const problem = functionProblem(text)
  if (problem !== null) throw new Error(problem)
  const made: unknown = parsed(text, parameter).runInThisContext()
  if (typeof made !== 'function') throw new Error(`the expression gives ${typeof made}, and a function is wanted`)
  return made as TextFunction
}

const EXPRESSION = /^\s*(?:async\b|function\b|\(|[A-Za-z_$][\w$]*\s*=>)/
const LUA =
  "this is Lua, which is not run here: write JavaScript, such as kong.service.request.set_header('x-a', 'b'), " +
  'or a function (kong) => { … }'
/** What is Lua even where it happens to be JavaScript too. */
const SURELY_LUA = /\bngx\.|^\s*--\s|\brequire\s*\(?\s*["'](?:kong|resty|cjson|ngx|pl)\b/m
const MAYBE_LUA =
  /\blocal\s+\w|\bthen\b|\bend\b|~=|\.\.|--|\bnil\b|\bfunction\s*\w*\s*\([^)]*\)(?!\s*\{)|\brequire\s*["']/

function looksLikeLua(text: string): boolean {
  return SURELY_LUA.test(text) || MAYBE_LUA.test(text)
}

function parsed(text: string, parameter: string): Script {
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER
  const script = (kind: string) =>
    new Script(`(${kind}function (${parameter}) {\n${text}\n})`, { lineOffset: -1, importModuleDynamically })
  if (EXPRESSION.test(text)) return new Script(`(${text}\n)`, { importModuleDynamically })
  try {
    return script('')
  } catch (error) {
    if (/\bawait\b/.test(text)) return script('async ')
    throw error
  }
}
