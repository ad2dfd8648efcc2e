import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Declared, declaredId, uuidV5 } from './ids.ts'

const SPACE = 'fd02801f-0957-4a15-a55a-c8d9606f30b5'
const WORKSPACE = '0dc6f45b-8f8d-40d2-a504-473544ee190b'
const idFrom = (kind: string, name: string) => uuidV5(uuidV5(SPACE, kind), name)

test('a UUID is made from a name as RFC 9562 does it (appendix A.4)', () => {
  assert.equal(
    uuidV5('6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'www.example.com'),
    '2ed6657d-e927-568b-95e1-2665a8aea6a2',
  )
})

const at = (kind: string, values: Declared['values'], more: Partial<Declared> = {}): Declared => {
  return { kind, values, parent: null, index: 0, ...more }
}
const rows: readonly (readonly [sentence: string, declared: Declared, name: string])[] = [
  ['a service by its name', at('services', { name: 'a' }), 'a'],
  [
    'a route by its name, wherever it stands',
    at('routes', { name: 'a' }, { parent: { field: 'service', id: 's' } }),
    'a',
  ],
  ['a consumer by its username', at('consumers', { username: 'a', custom_id: 'b' }), 'a'],
  [
    'a target with its upstream',
    at('targets', { target: 'a:80' }, { parent: { field: 'upstream', id: 'u' } }),
    `a:80:u:${WORKSPACE}`,
  ],
  ['a target by itself', at('targets', { target: 'a:80', upstream: 'pool' }), `a:80:pool:${WORKSPACE}`],
  ['a plugin everywhere', at('plugins', { name: 'jwt' }), `plugins:${WORKSPACE}:jwt:::`],
  [
    'a plugin in a route',
    at('plugins', { name: 'jwt' }, { parent: { field: 'route', id: 'r' } }),
    `plugins:${WORKSPACE}:jwt:r::`,
  ],
  ['a plugin by itself', at('plugins', { name: 'jwt', service: 's', consumer: 'c' }), `plugins:${WORKSPACE}:jwt::s:c`],
  [
    'a group of a consumer',
    at('acls', { group: 'g' }, { parent: { field: 'consumer', id: 'c' } }),
    `acls:${WORKSPACE}:c:g`,
  ],
  [
    'a password by its username',
    at('basicauth_credentials', { username: 'a' }),
    `basicauth_credentials:${WORKSPACE}:a`,
  ],
  [
    'a route without a name by its place',
    at('routes', { paths: ['/'] }, { parent: { field: 'service', id: 's' }, index: 2 }),
    's#2',
  ],
  [
    'a key by its place, not by its secret',
    at('keyauth_credentials', { key: 'k' }, { parent: { field: 'consumer', id: 'c' } }),
    'c#0',
  ],
]
for (const [sentence, declared, name] of rows) {
  test(`${sentence}`, () => assert.equal(declaredId(declared), idFrom(declared.kind, name)))
}
