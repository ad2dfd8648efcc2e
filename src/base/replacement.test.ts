import assert from 'node:assert/strict'
import { test } from 'node:test'
import { replacementProblem, replacer } from './replacement.ts'

const rows: [sentence: string, pattern: string, substitution: string, text: string, result: string][] = [
  ['every match', 'a', 'b', '/a/ca', '/b/cb'],
  ['nothing where nothing matches', 'x', 'b', '/a', '/a'],
  ['groups, in any order', '^/([a-z]*)(.*)', '/\\2/\\1', '/abc/def', '//def/abc'],
  ['the whole match', 'b+', '<\\0>', 'abbc', 'a<bb>c'],
  ['a group that took no part', '(x)?y', '[\\1]', 'y', '[]'],
  ['a backslash', 'a', '\\\\', 'a', '\\'],
  ['the whole text once', '.*', '/full', '/a/b', '/full'],
  ['nothing empty right behind a match', 'a*', 'x', 'baaac', 'xbxcx'],
  ['a dollar stands for itself', 'a', '$1', 'a', '$1'],
]
for (const [sentence, pattern, substitution, text, result] of rows) {
  test(`replaces ${sentence}`, () => assert.equal(replacer(pattern, substitution)(text), result))
}

const problems: [pattern: string, substitution: string, problem: RegExp | null][] = [
  ['(a)', '\\1', null],
  ['(a', '', /missing closing \)/],
  ['(?=a)', '', /invalid/],
  ['(a)', '\\2', /no group 2/],
  ['a', '\\n', /'\\n' is neither/],
  ['a', 'b\\', /'\\' is neither/],
  ['a'.repeat(16_385), '', /too large/],
]
for (const [pattern, substitution, problem] of problems) {
  test(`'${pattern.slice(0, 20)}' by '${substitution}' is ${problem === null ? 'good' : 'refused'}`, () => {
    const told = replacementProblem(pattern, substitution)
    if (problem === null) assert.equal(told, null)
    else assert.match(String(told), problem)
  })
}
