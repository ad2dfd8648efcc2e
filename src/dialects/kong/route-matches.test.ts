import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TextMatch } from '../../model/model.ts'
import { type RouteCriteria, routeMatches } from './route-matches.ts'

const number = ({ high, low }: TextMatch['order']) => (BigInt(high) << 32n) | BigInt(low)
const orders = (route: RouteCriteria) => routeMatches(route).map(({ order }) => number(order))
const bits = (...at: number[]) => at.reduce((sum, bit) => sum | (1n << BigInt(bit)), 0n)

const rows: readonly (readonly [sentence: string, route: RouteCriteria, order: bigint])[] = [
  ['a plain path counts its length', { paths: ['/abc'] }, bits(61) | 4n],
  ['a path beyond ASCII counts its bytes', { paths: ['/é'] }, bits(61) | 3n],
  ['an expression counts no length', { paths: ['~/abc'] }, bits(61, 51)],
  ['an expression counts its priority', { paths: ['~/a'], regex_priority: 5 }, bits(61, 51) | (5n << 19n)],
  [
    'a high priority stays in its bits',
    { paths: ['~/a'], regex_priority: 0xffffffff },
    bits(61, 51) | (0xffffffffn << 19n),
  ],
  ['a negative priority counts as none', { paths: ['~/a'], regex_priority: -1 }, bits(61, 51)],
  ['a plain path has no priority', { paths: ['/a'], regex_priority: 5 }, bits(61) | 2n],
  ['plain hosts are marked', { hosts: ['a.test'] }, bits(61, 60)],
  ['hosts with a wildcard among them are not', { hosts: ['a.test', '*.test'] }, bits(61)],
  ['headers are counted as one kind and each', { headers: { A: ['1'], B: ['2'] } }, bits(61) | (2n << 52n)],
  [
    'all kinds',
    {
      methods: ['GET'],
      hosts: ['a'],
      headers: { a: ['1'] },
      paths: ['/'],
      snis: ['a'],
      sources: [{ port: 1 }],
      destinations: [{ port: 1 }],
    },
    bits(63, 62, 61, 60, 52) | 1n,
  ],
  ['empty lists count as not set', { methods: [], hosts: [], headers: {}, snis: null, paths: ['/'] }, bits(61) | 1n],
]
for (const [sentence, route, order] of rows) {
  test(`${sentence}: ${JSON.stringify(route)}`, () => assert.deepEqual(orders(route), [order]))
}

test('more than 255 headers count as 255', () => {
  const headers = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`h${n}`, ['1']]))
  assert.deepEqual(orders({ headers }), [bits(61) | (255n << 52n)])
})

test('each path stands by its own kind and length', () => {
  assert.deepEqual(orders({ paths: ['/a', '/abc', '~/x'] }), [bits(61) | 2n, bits(61) | 4n, bits(61, 51)])
})

test('more kinds of criteria outrank a longer path', () => {
  const [long] = orders({ paths: [`/${'a'.repeat(1000)}`] })
  const [both] = orders({ paths: ['/'], methods: ['GET'] })
  assert.ok(both! > long!)
})

test('plain paths are taken in their normal form, expressions as written', () => {
  const paths = routeMatches({ paths: ['/enc oded', '/enc%20oded', '/a%2fb', '/é', '~/(?<id>\\d+)$'] }).map(
    (m) => m.path,
  )
  assert.deepEqual(paths, [
    { kind: 'prefix', value: '/enc oded' },
    { kind: 'prefix', value: '/enc oded' },
    { kind: 'prefix', value: '/a%2Fb' },
    { kind: 'prefix', value: '/\xc3\xa9' },
    { kind: 'regex', value: '/(?<id>\\d+)$' },
  ])
})

test('header names are in lower case, addresses are whole', () => {
  const [match] = routeMatches({ headers: { 'X-A': ['1'] }, sources: [{ ip: '10.0.0.0/8' }] })
  assert.deepEqual(match!.headers, [{ name: 'x-a', values: ['1'] }])
  assert.deepEqual(match!.sources, [{ ip: '10.0.0.0/8', port: null }])
})
