import { type CelEnv, type CelFunc, CelScalar, celEnv, celFunc } from '@bufbuild/cel'
import { strings } from '@bufbuild/cel/ext'
import { RE2JS } from 're2js'
import { BoundedMap } from '../../base/bounded-map.ts'

const { BOOL, STRING } = CelScalar

/**
 * Expressions that were compiled, by their source. Nearly all are constants of some rule; one that a request brings along
 * must not grow the list without end.
 */
const expressions = new BoundedMap<RE2JS>(512)

/** In characters. Compiling takes time that other requests wait for. */
const LONGEST = 16_384

function expression(source: string): RE2JS {
  if (source.length > LONGEST) throw new Error('expression too large')
  let compiled = expressions.get(source)
  if (compiled === undefined) expressions.set(source, (compiled = RE2JS.compile(source)))
  return compiled
}

/** Envoy knows these by both spellings, `a.contains(b)` and `contains(a, b)`. */
const plainCalls: CelFunc[] = [
  celFunc('startsWith', [STRING, STRING], BOOL, (text, part) => text.startsWith(part)),
  celFunc('endsWith', [STRING, STRING], BOOL, (text, part) => text.endsWith(part)),
  celFunc('contains', [STRING, STRING], BOOL, (text, part) => text.includes(part)),
  celFunc('matches', [STRING, STRING], BOOL, (text, source) => expression(source).matcher(text).find()),
]

/** The regular expression functions that Envoy adds. */
const captures: CelFunc[] = [
  celFunc('re.extract', [STRING, STRING, STRING], STRING, (text, source, rewrite) => {
    const matcher = expression(source).matcher(text)
    if (!matcher.find()) throw new Error('no match')
    return rewrite.replace(/\\([0-9\\])/g, (_, what: string) =>
      what === '\\' ? what : (matcher.group(Number(what)) ?? ''),
    )
  }),
  celFunc('re.capture', [STRING, STRING], STRING, (text, source) => {
    const matcher = expression(source).matcher(text)
    const group = matcher.matches() && matcher.groupCount() > 0 ? matcher.group(1) : null
    if (group === null) throw new Error('no match')
    return group
  }),
]

/**
 * The language that rules are written in: CEL with all its standard functions and macros, functions on texts (`split`,
 * `lowerAscii` …), and what Envoy adds. Regular expressions run in linear time.
 */
export const environment: CelEnv = celEnv({
  funcs: [...strings, ...plainCalls, ...captures],
  re2: {
    compile: (source) => {
      const compiled = expression(source)
      return { test: (text) => compiled.matcher(text).find() }
    },
  },
})
