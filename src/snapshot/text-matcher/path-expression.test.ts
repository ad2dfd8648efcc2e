import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isProvenLinear } from './linear-proof.ts'
import { checkPathExpression, literalPrefix, PathExpression } from './path-expression.ts'

const proofs: readonly (readonly [source: string, proven: boolean])[] = [
  ['/re/\\d+$', true],
  ['/re/(?<id>\\d+)/tail', true],
  ['/users/[^/]+/orders/[^/]+$', true],
  ['/both/.*', true],
  ['/(?:a|b)+c', true],
  ['/v[12]?/x', true],
  ['/a{2,3}b', true],
  ['/(en|de|fr)/\\w+', true],
  ['', true],
  ['/.*/x', false],
  ['/(a+)+b', false],
  ['/(a|a)*b', false],
  ['/(a|ab)(c|bcd)', false],
  ['/a*a*a*b', false],
  ['/(a?){9}b', false],
  ['/(?:ab?)*b', false],
  ['/\\d+\\w', false],
  ['(?i)/a', false],
  ['/\\pL', false],
  ['/é', false],
  ['/[[:alpha:]]', false],
  ['/\\bx', false],
  ['/a{1001}', false],
  ['/a{3,2}', false],
  ['/(a{9}b){9}', false],
]
for (const [source, proven] of proofs) {
  test(`${source} is ${proven ? '' : 'not '}proven to take linear time`, () => {
    assert.equal(isProvenLinear(source), proven)
  })
}

const checks: readonly (readonly [sentence: string, source: string, problem: RegExp | null])[] = [
  ['a plain expression', '/a/\\d+', null],
  ['a named group', '/(?<n>a)', null],
  ['a named group in the old way', '/(?P<n>a)', null],
  ['a class by name', '/[[:alpha:]]+', null],
  ['a counted repetition', '/a{2,3}', null],
  ['a class of Unicode', '/\\p{L}', null],
  ['look-ahead', '/a(?=b)', /invalid or unsupported Perl syntax/],
  ['look-behind', '/a(?<=b)', /./],
  ['a back-reference', '/(a)\\1', /invalid escape sequence/],
  ['an unclosed group', '/(a', /missing closing \)/],
  ['an unclosed class', '/[a', /missing closing \]/],
  ['a repetition of nothing', '*', /missing argument/],
  ['a class in a class', '/[a[b]]', /class inside a class/],
  ['an intersection', '/[a&&b]', /`&&` inside a class/],
  ['a difference', '/[a--b]', /`--` inside a class/],
  ['quoting', '/\\Qa\\E', /unsupported escape/],
  ['what takes seconds to compile', '(a|b)*'.repeat(3000), /^expression too large/],
  ['a literal brace', '/{id}', /must be written/],
]
for (const [sentence, source, problem] of checks) {
  test(`${sentence} is ${problem === null ? 'good' : 'refused'}: ${source.slice(0, 20)}`, () => {
    const found = checkPathExpression(source)
    if (problem === null) assert.equal(found, null)
    else assert.match(found ?? '', problem)
  })
}

const prefixes: readonly (readonly [source: string, prefix: string])[] = [
  ['/re/\\d+', '/re/'],
  ['/a\\.b', '/a.b'],
  ['^/a', '/a'],
  ['/colou?r', '/colo'],
  ['/ab*', '/a'],
  ['/ab{0,1}', '/a'],
  ['/ab+c', '/ab'],
  ['/a|/b', ''],
  ['/a(b|c)', '/a'],
  ['/a[|]|b', ''],
  ['/a[|]b', '/a'],
  ['/a\\|b', '/a|b'],
  ['(?i)/a', ''],
  ['/é', '/'],
  ['/\\x41', '/'],
]
for (const [source, prefix] of prefixes) {
  test(`what ${source} matches starts with '${prefix}'`, () => assert.equal(literalPrefix(source), prefix))
}

test('both engines measure alike', () => {
  const paths = ['/a/1', '/a/12/x', '/a/', '/ab', '/a/1/\xc3\xa9', '/a/\xc3\xa9', '/b/1', '/aaaab']
  for (const source of ['/a/\\d+', '/a/(\\d+)$', '/a/.+', '/a+b', '/a/[^0-9]+', '/a/\\d{1,2}?']) {
    assert.ok(isProvenLinear(source), source)
    const proven = new PathExpression(source)
    const linear = new PathExpression(`(?:${source}|never\\b)`)
    for (const path of paths) assert.equal(proven.matchLength(path), linear.matchLength(path), `${source} ${path}`)
  }
})

test('named groups are read in both ways', () => {
  for (const source of ['/(?<n>\\d+)', '/(?P<n>\\d+)'])
    assert.equal(new PathExpression(source).captures('/7/x')['n'], '7')
  assert.equal(new PathExpression('/\\(?P<').matchLength('/(P<'), 4)
  assert.equal(new PathExpression('/[(?P<]').matchLength('/P'), 2)
})

test('lengths are counted in bytes', () => {
  assert.equal(new PathExpression('/.').matchLength('/\xc3\xa9x'), 3)
  assert.equal(new PathExpression('/é').matchLength('/\xc3\xa9x'), 3)
})
