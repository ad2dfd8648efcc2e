import { RE2JS } from 're2js'

const compiled = new Map<string, RE2JS>()

/** Whether a pattern of a schema (there are few) matches anywhere in a text, in time linear in the text. */
export function hasMatch(pattern: string, text: string): boolean {
  let expression = compiled.get(pattern)
  if (expression === undefined) {
    expression = RE2JS.compile(pattern)
    compiled.set(pattern, expression)
  }
  return expression.matcher(text).find()
}
