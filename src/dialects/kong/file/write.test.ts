import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { policies } from '../../../policies/index.ts'
import { FakeClock } from '../../../policy/test-kit.ts'
import { entityKinds } from '../entities/kinds.ts'
import { readKongText } from '../file.ts'
import { kongDocument } from './write.ts'

const clock = new FakeClock()
const kinds = entityKinds(policies, () => clock.now())

function read(text: string) {
  const file = readKongText(text, 'kong.yaml', policies, clock, {}, 'seed')
  assert.deepEqual(file.problems, [])
  return file
}

const full = `
_format_version: "3.0"
services:
  - name: orders
    url: https://orders.test/v1
    tags: [a]
    routes:
      - name: orders
        paths: [/orders]
        strip_path: false
        plugins:
          - name: jwt
            config: { claims_to_verify: [exp] }
  - host: nameless.test
    routes: [{ paths: [/nameless] }]
routes:
  - hosts: [alone.test]
consumers:
  - username: alice
    basicauth_credentials: [{ username: alice, password: secret }]
    keyauth_credentials: [{ key: k1 }]
    acls: [{ group: gold }]
  - custom_id: no-name
upstreams:
  - name: pool
    targets: [{ target: "10.0.0.1:80", weight: 7 }]
plugins:
  - name: acl
    service: orders
    config: { allow: [gold] }
  - name: rate-limiting
    route: orders
    consumer: alice
    config: { minute: 5, redis: { host: redis.test } }
  - name: cors
`

test('what is written reads back to the same entities', () => {
  const { entities } = read(full)
  const document = kongDocument(entities, kinds)
  const again = read(stringify(document)).entities
  // a policy use that names its service has another id than one that stands in it; nobody else knows it
  const plain = (list: typeof entities) =>
    list.map(({ kind, id, json }) => (kind === 'plugins' ? { kind, ...json, id: '' } : { kind, id, json }))
  assert.deepEqual(plain(again), plain(entities))
})

test('children stand in their parents, references are names, defaults are left out', () => {
  const { services, plugins, upstreams } = kongDocument(read(full).entities, kinds) as Record<string, object[]>
  assert.deepEqual(services![0], {
    name: 'orders',
    protocol: 'https',
    host: 'orders.test',
    port: 443,
    path: '/v1',
    tags: ['a'],
    routes: [
      {
        name: 'orders',
        paths: ['/orders'],
        strip_path: false,
        plugins: [{ name: 'jwt', config: { claims_to_verify: ['exp'] } }],
      },
    ],
    plugins: [{ name: 'acl', config: { allow: ['gold'] } }],
  })
  assert.deepEqual(upstreams, [{ name: 'pool', targets: [{ target: '10.0.0.1:80', weight: 7 }] }])
  const scoped = { name: 'rate-limiting', route: 'orders', consumer: 'alice' }
  assert.deepEqual(plugins, [{ ...scoped, config: { minute: 5, redis: { host: 'redis.test' } } }, { name: 'cors' }])
})
