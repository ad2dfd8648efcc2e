import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Asked, type Kgateway, sampleApp, startKgateway } from './kgateway.ts'

const BACKENDS = [{ name: 'httpbin', port: 8000 }]
const prefix = (value: string, more: object = {}) => ({ path: { type: 'PathPrefix', value }, ...more })
const filter = (type: string, member: string, value: object) => ({ type, [member]: value })

const rules = [
  {
    matches: [prefix('/modified')],
    filters: [
      filter('RequestHeaderModifier', 'requestHeaderModifier', {
        set: [{ name: 'X-Set', value: 'set' }],
        add: [{ name: 'X-Add', value: 'added' }],
        remove: ['X-Remove'],
      }),
      filter('ResponseHeaderModifier', 'responseHeaderModifier', { set: [{ name: 'X-Answer', value: 'yes' }] }),
    ],
    backendRefs: BACKENDS,
  },
  {
    matches: [prefix('/rewritten')],
    filters: [
      filter('URLRewrite', 'urlRewrite', {
        hostname: 'inner.example.com',
        path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' },
      }),
    ],
    backendRefs: BACKENDS,
  },
  {
    matches: [prefix('/cut')],
    filters: [filter('URLRewrite', 'urlRewrite', { path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/' } })],
    backendRefs: BACKENDS,
  },
  {
    matches: [prefix('/whole')],
    filters: [filter('URLRewrite', 'urlRewrite', { path: { type: 'ReplaceFullPath', replaceFullPath: '/one' } })],
    backendRefs: BACKENDS,
  },
  {
    matches: [prefix('/redirected')],
    filters: [
      filter('RequestRedirect', 'requestRedirect', {
        scheme: 'https',
        hostname: 'secure.example.com',
        path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/there' },
        statusCode: 301,
      }),
    ],
  },
  { matches: [prefix('/nowhere')], backendRefs: [{ name: 'missing', port: 80 }] },
  {
    matches: [prefix('/direct')],
    filters: [filter('ExtensionRef', 'extensionRef', extension('DirectResponse', 'teapot'))],
  },
  {
    matches: [prefix('/typo')],
    filters: [filter('ExtensionRef', 'extensionRef', extension('TrafficPolicy', 'none'))],
    backendRefs: BACKENDS,
  },
  { matches: [prefix('/method', { method: 'POST' })], backendRefs: BACKENDS },
  { matches: [prefix('/header', { headers: [{ name: 'Version', value: '2' }] })], backendRefs: BACKENDS },
  { matches: [prefix('/query', { queryParams: [{ name: 'a', value: 'b' }] })], backendRefs: BACKENDS },
  { matches: [{ path: { type: 'RegularExpression', value: '/v[0-9]+/x' } }], backendRefs: BACKENDS },
  { matches: [{ path: { type: 'Exact', value: '/exact' } }], backendRefs: BACKENDS },
]

function extension(kind: string, name: string): object {
  return { group: 'gateway.kgateway.dev', kind, name }
}

let kgateway: Kgateway
before(async () => {
  kgateway = await startKgateway((port) => {
    const [gateway, route, ...rest] = sampleApp(port) as { spec: object }[]
    return [
      gateway!,
      { ...route, spec: { ...route!.spec, rules } },
      ...rest,
      {
        ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind: 'DirectResponse' },
        metadata: { name: 'teapot', namespace: 'httpbin' },
        spec: { status: 418, body: 'short and stout' },
      },
    ]
  })
})
after(() => kgateway.stop())

const answers: [sentence: string, path: string, asked: Asked, status: number, body: string][] = [
  ['another host', '/exact', { host: 'example.org' }, 404, ''],
  ['the host with a port', '/exact', { host: 'www.example.com:8080' }, 200, 'seen'],
  ['no rule', '/', {}, 404, ''],
  ['an exact path', '/exact', {}, 200, 'seen'],
  ['an exact path with more behind it', '/exact/x', {}, 404, ''],
  ['an exact path in another spelling', '/x/../exact', {}, 200, 'seen'],
  ['repeated slashes', '//exact', {}, 200, 'seen'],
  ['an expression', '/v12/x', {}, 200, 'seen'],
  ['part of an expression', '/v12/xy', {}, 404, ''],
  ['a method', '/method', { method: 'POST' }, 200, 'seen'],
  ['another method', '/method', {}, 404, ''],
  ['a header', '/header', { headers: { version: '2' } }, 200, 'seen'],
  ['another header', '/header', { headers: { version: '3' } }, 404, ''],
  ['an argument', '/query?x&a=b', {}, 200, 'seen'],
  ['another argument', '/query?a=c', {}, 404, ''],
  ['a backend that is not there', '/nowhere', {}, 500, ''],
  ['a fixed answer', '/direct', {}, 418, 'short and stout'],
  [
    'a policy that is not there',
    '/typo',
    {},
    500,
    'invalid route configuration detected and replaced with a direct response.',
  ],
]
for (const [sentence, path, asked, status, body] of answers) {
  test(sentence, async () => {
    const got = await kgateway.ask(path, asked)
    assert.deepEqual([got.status, got.body], [status, body])
    assert.equal(got.seen !== null, status === 200)
  })
}

test('request and answer headers are changed', async () => {
  const { seen, headers } = await kgateway.ask('/modified', {
    headers: { 'x-set': 'client', 'x-add': 'client', 'x-remove': 'client' },
  })
  assert.deepEqual(
    [seen!.headers['x-set'], seen!.headers['x-add'], seen!.headers['x-remove'], headers['x-answer']],
    ['set', 'client, added', undefined, 'yes'],
  )
})

const rewrites: [path: string, url: string][] = [
  ['/rewritten', '/new'],
  ['/rewritten/a/b?c=d', '/new/a/b?c=d'],
  ['/cut', '/'],
  ['/cut/a', '/a'],
  ['/whole/a/b?c=d', '/one?c=d'],
]
for (const [path, url] of rewrites) {
  test(`the service is asked for ${url} in place of ${path}`, async () => {
    assert.equal((await kgateway.ask(path)).seen!.url, url)
  })
}

test('the service is asked by another host', async () => {
  assert.equal((await kgateway.ask('/rewritten')).seen!.headers['host'], 'inner.example.com')
})

test('a redirect', async () => {
  const { status, headers, seen } = await kgateway.ask('/redirected/a?b=c')
  assert.deepEqual([status, headers['location'], seen], [301, 'https://secure.example.com/there/a?b=c', null])
})

test('an edit is served, and what is wrong in it keeps only itself out', async () => {
  kgateway.apply({
    ...{
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'more', namespace: 'httpbin' },
    },
    spec: {
      parentRefs: [{ name: 'http', namespace: 'kgateway-system' }],
      hostnames: ['more.example.com'],
      rules: [{ backendRefs: BACKENDS }],
    },
  })
  assert.equal((await kgateway.ask('/', { host: 'more.example.com' })).status, 200)
  kgateway.apply({
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'Bad Name' },
    spec: {},
  })
  assert.equal((await kgateway.ask('/', { host: 'more.example.com' })).status, 200)
  assert.equal((await kgateway.ask('/exact')).status, 200)
  assert.ok(
    kgateway.said.some((line) => line.includes('Bad Name')),
    kgateway.said.join('\n'),
  )
})

test('what a policy could not be compiled with is told of the route, which answers 500', async () => {
  const rewrite = filter('URLRewrite', 'urlRewrite', { path: { type: 'ReplaceFullPath', replaceFullPath: 'no-slash' } })
  kgateway.apply({
    ...{
      apiVersion: 'gateway.networking.k8s.io/v1',
      kind: 'HTTPRoute',
      metadata: { name: 'bad', namespace: 'httpbin' },
    },
    spec: {
      parentRefs: [{ name: 'http', namespace: 'kgateway-system' }],
      hostnames: ['bad.example.com'],
      rules: [{ filters: [rewrite], backendRefs: BACKENDS }],
    },
  })
  const { status, body } = await kgateway.ask('/', { host: 'bad.example.com' })
  assert.deepEqual([status, body], [500, 'invalid route configuration detected and replaced with a direct response.'])
  assert.ok(kgateway.said.some((line) => line.includes('HTTPRoute httpbin/bad') && line.includes('must start with /')))
})
