import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { luaText } from './lua-text.ts'
import { type Problems, setProblem, violationMessage } from './problems.ts'

const messages: [string, Problems, string][] = [
  ['one problem', { host: 'x' }, 'schema violation (host: x)'],
  ['several, by name', { b: 'y', a: 'x' }, '2 schema violations (a: x; b: y)'],
  ['the whole first', { a: 'x', '@entity': ['w', 'v'] }, '3 schema violations (w; v; a: x)'],
  ['one level with a dot', { config: { b: 'y', a: 'x' } }, '2 schema violations (config.a: x; config.b: y)'],
  ['places counted from 1', { tags: [null, 'x'] }, 'schema violation (tags.2: x)'],
  ['deeper ones as a literal', { c: { r: { h: 'x' } } }, 'schema violation (c.r: {\n  h = "x"\n})'],
]

describe('violationMessage', () => {
  for (const [sentence, problems, message] of messages) {
    it(`words ${sentence}`, () => assert.equal(violationMessage(problems), message))
  }
})

describe('setProblem', () => {
  it('puts a dotted path beside what is there', () => {
    const problems: Problems = { config: { a: 'x' } }
    setProblem(problems, 'config.b.c', 'y')
    assert.deepEqual(problems, { config: { a: 'x', b: { c: 'y' } } })
  })
})

describe('luaText', () => {
  it('writes keys on one line, sorted, strings quoted, null bare', () => {
    assert.equal(luaText({ name: 'a"b', id: null, 'x-y': 1 }), '{id=null,name="a\\"b",["x-y"]=1}')
  })
})
