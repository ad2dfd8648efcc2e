import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AskBackend, BackendAnswer } from '../../policy/backend-connections.ts'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeExchange, FakeLog, type FakeRequest, FakeResponse, inWords } from '../../policy/test-kit.ts'
import type { Verdict } from '../../policy/verdict.ts'
import { extAuthz } from './handler.ts'
import { headerOption, type Message, message, values } from './message-kit.ts'
import { changedQuery } from './query.ts'

type Ask = Parameters<AskBackend>[0]
const http = { service: { kind: 'http', host: 'authz', port: 80 } }
const grpc = { service: { kind: 'grpc', host: 'authz', port: 80 } }

function keyOf(config: object): string {
  return `ext-authz ${JSON.stringify(extAuthz.config.parse(config).service)}`
}

/** Asks an HTTP service that answers in turn; an Error is a connection that failed. */
async function overHttp(config: object, request: FakeRequest, ...replies: (BackendAnswer | Error)[]) {
  const asked: Ask[] = []
  const ask: AskBackend = async (request) => {
    asked.push(request)
    const reply = replies[Math.min(asked.length, replies.length) - 1]!
    if (reply instanceof Error) throw reply
    return reply
  }
  const registry = new Registry()
  registry.get(keyOf({ ...http, ...config }), () => ({ ask, close: () => {} }))
  return { asked, ...(await judged({ ...http, ...config }, request, registry)) }
}

/** Asks a gRPC server that gives one answer. */
async function overGrpc(config: object, request: FakeRequest, answer: Message | Uint8Array | Error) {
  const asked: Uint8Array[] = []
  const call = async (_path: string, bytes: Uint8Array) => {
    asked.push(bytes)
    if (answer instanceof Error) throw answer
    return answer instanceof Uint8Array ? answer : message(answer)
  }
  const registry = new Registry()
  registry.get(keyOf({ ...grpc, ...config }), () => ({ call, close: () => {} }))
  return { asked, ...(await judged({ ...grpc, ...config }, request, registry)) }
}

async function judged(config: object, request: FakeRequest, registry: Registry) {
  const log = new FakeLog()
  const exchange = new FakeExchange(request)
  const compiled = compilePolicy(extAuthz, config, { registry, log })
  const verdict = await compiled.request!(exchange)
  return { verdict, exchange, log, compiled }
}

const reply = (status: number, headers: BackendAnswer['headers'] = [], body = ''): BackendAnswer => ({
  status,
  headers,
  body,
})

/** Status, headers and body that the verdict says. */
function said(verdict: Verdict): unknown {
  if (verdict.kind !== 'denied') return inWords(verdict)
  const { reason, detail } = verdict
  return [detail.status ?? reason.status, detail.headers ?? [], detail.message ?? reason.message, reason.code]
}

const told: BackendAnswer['headers'] = [
  ['x-d', '1'],
  ['x-d', '2'],
  ['x-cl', 'c'],
  ['set-cookie', 'a'],
  ['set-cookie', 'b'],
  ['location', '/l'],
  ['www-authenticate', 'Bearer'],
  ['content-type', 'text/html'],
  ['content-length', '6'],
  ['connection', 'close'],
  ['date', 'then'],
]
const passedOn = told.slice(0, 8)

const httpRows: [sentence: string, config: object, replies: (BackendAnswer | Error)[], said: unknown][] = [
  ['200 lets it pass', {}, [reply(200)], 'next'],
  ['401 with all that it says', {}, [reply(401, told, 'no')], [401, passedOn, 'no', 'authorization-denied']],
  ['201 is a refusal', {}, [reply(201, [], 'made')], [201, [], 'made', 'authorization-denied']],
  [
    '302 with its Location',
    {},
    [reply(302, [['location', '/l']])],
    [302, [['location', '/l']], '', 'authorization-denied'],
  ],
  [
    'headersToClient narrows it',
    { headersToClient: ['X-CL'] },
    [reply(401, told, 'no')],
    [
      401,
      told.filter(([name]) => ['x-cl', 'location', 'www-authenticate'].includes(name)),
      'no',
      'authorization-denied',
    ],
  ],
  ['5xx is no decision', {}, [reply(500, told, 'secret')], [403, [], '', 'authorization-undecided']],
  ['statusOnError', { statusOnError: 503 }, [reply(500)], [503, [], '', 'authorization-undecided']],
  ['no connection', {}, [new Error('refused')], [403, [], '', 'authorization-undecided']],
  ['failOpen, no connection', { failOpen: true }, [new Error('refused')], 'next'],
  ['failOpen, 5xx', { failOpen: true }, [reply(503)], 'next'],
  ['failOpen, a refusal', { failOpen: true }, [reply(401)], [401, [], '', 'authorization-denied']],
  ['asked again', { retry: { retries: 2, baseMs: 1 } }, [new Error('reset'), reply(503), reply(200)], 'next'],
  [
    'asked again, as often as allowed',
    { retry: { retries: 1, baseMs: 1 } },
    [new Error('reset'), reply(503), reply(200)],
    [403, [], '', 'authorization-undecided'],
  ],
  [
    'a refusal is not asked again',
    { retry: { retries: 1, baseMs: 1 } },
    [reply(429), reply(200)],
    [429, [], '', 'authorization-denied'],
  ],
  [
    'what can’t be a header is an error of the service',
    { headersToBackend: ['x-back'] },
    [reply(200, [['x-back', '\x01']])],
    [500, [], '', 'authorization-undecided'],
  ],
]
for (const [sentence, config, replies, expected] of httpRows) {
  test(`HTTP: ${sentence}`, async () =>
    assert.deepEqual(said((await overHttp(config, {}, ...replies)).verdict), expected))
}

// as the tables say: '403 authorization-denied', '403 authorization-undecided'

test('HTTP: the service sees method, path, host, Authorization, and what is named', async () => {
  const headers = { authorization: 'Bearer t', cookie: 'a=b', 'x-a': ['1', '2'], 'x-b': '3' }
  const request: FakeRequest = { method: 'POST', path: '/p', query: 'q=1', host: 'a.test', headers, body: 'abc' }
  const config = {
    service: { ...http.service, pathPrefix: '/pre' },
    headersToForward: ['X-A', 'x-none'],
    headersToAdd: [
      { name: 'x-add', value: '%REQ(x-b)%' },
      { name: 'x-none', value: '%REQ(x-none)%' },
    ],
  }
  const { asked } = await overHttp(config, request, reply(200))
  assert.deepEqual(asked, [
    {
      method: 'POST',
      path: '/pre/p?q=1',
      headers: ['host', 'a.test', 'authorization', 'Bearer t', 'x-a', '1', 'x-a', '2', 'x-add', '3'],
      body: null,
      timeoutMs: 2000,
    },
  ])
})

test('HTTP: what is added goes before what is forwarded', async () => {
  const config = { headersToAdd: [{ name: 'Authorization', value: 'z' }] }
  const { asked } = await overHttp(config, { headers: { authorization: 'y' } }, reply(200))
  assert.deepEqual(asked[0]?.headers, ['host', 'gateway.test', 'authorization', 'z'])
})

test('HTTP: a reply that allows changes request and answer', async () => {
  const headers: BackendAnswer['headers'] = [
    ['x-back', 'b1'],
    ['x-back', 'b2'],
    ['x-other', 'o'],
    ['x-cl', 'c1'],
    ['x-cl', 'c2'],
    ['content-length', '9'],
    ['x-envoy-auth-headers-to-remove', 'x-r, X-R2,host'],
  ]
  const config = { headersToBackend: ['X-Back', 'content-length'], headersToClientOnSuccess: ['x-cl'] }
  const { exchange } = await overHttp(config, {}, reply(200, headers))
  assert.deepEqual(exchange.upstream.set, { 'x-back': 'b2' })
  assert.deepEqual(exchange.upstream.droppedHeaders, ['x-r', 'x-r2'])
  assert.deepEqual(exchange.client.added, [
    ['x-cl', 'c1'],
    ['x-cl', 'c2'],
  ])
})

const bodies: [
  sentence: string,
  config: object,
  request: FakeRequest,
  body: string | null,
  partial: string | undefined,
][] = [
  ['a body that fits', { maxBytes: 5 }, { body: 'abc' }, 'abc', 'false'],
  ['no body', { maxBytes: 5 }, { body: '' }, null, undefined],
  ['the start of a larger one', { maxBytes: 5, allowPartial: true }, { bodyStart: 'abcdefg' }, 'abcde', 'true'],
  ['the start of one that another policy wanted', { maxBytes: 2, allowPartial: true }, { body: 'abc' }, 'ab', 'true'],
]
for (const [sentence, body, request, told, partial] of bodies) {
  test(`HTTP: ${sentence} is told`, async () => {
    const { asked } = await overHttp({ body }, request, reply(200))
    assert.equal(asked[0]?.body === null ? null : Buffer.from(asked[0]!.body).toString(), told)
    const at = asked[0]!.headers.indexOf('x-envoy-auth-partial-body')
    assert.equal(at < 0 ? undefined : asked[0]!.headers[at + 1], partial)
  })
  test(`gRPC: ${sentence} is told`, async () => {
    for (const [asBytes, field] of [
      [false, 11],
      [true, 12],
    ] as const) {
      const { asked } = await overGrpc({ body: { ...body, asBytes } }, request, [])
      assert.deepEqual(values(asked[0]!, 1, 4, 2, field), told === null ? [] : [told])
      assert.deepEqual(values(asked[0]!, 1, 4, 2, 9), told === null ? [] : [told.length])
    }
  })
}

test('gRPC: a body beyond ASCII is told as text', async () => {
  const { asked } = await overGrpc({ body: { maxBytes: 9 } }, { body: Buffer.from('hé') }, [])
  assert.deepEqual([values(asked[0]!, 1, 4, 2, 11), values(asked[0]!, 1, 4, 2, 9)], [['hé'], [3]])
})

for (const request of [{ bodyStart: 'abcdefg' }, { body: 'abcdefg' }]) {
  test(`a body too large: 413 body-too-large, and nobody is asked (${JSON.stringify(request)})`, async () => {
    const { verdict, asked } = await overHttp({ body: { maxBytes: 5 } }, request, reply(200))
    assert.equal(inWords(verdict), '413 body-too-large')
    assert.deepEqual(said(verdict), [413, [['connection', 'close']], 'Payload Too Large', 'body-too-large'])
    assert.equal(asked.length, 0)
  })
}

test('gRPC: the service sees who, where and what', async () => {
  const { asked } = await overGrpc(
    { contextExtensions: { k: 'v' } },
    {
      ...{ method: 'POST', path: '/p', query: 'q=1', host: 'a.test', now: 1_700_000_000_123, clientIp: '192.0.2.7' },
      headers: {
        'x-two': ['1', '2'],
        'x-forwarded-for': '10.0.0.1',
        'x-utf': '\xc3\xa9',
        'x-bytes': '\xff',
        connection: 'close',
      },
    },
    [],
  )
  const at = (...path: number[]) => values(asked[0]!, 1, ...path)
  assert.deepEqual([at(1, 1, 1, 2), at(1, 1, 1, 3)], [['192.0.2.7'], [50_000]])
  assert.deepEqual([at(2, 1, 1, 2), at(2, 1, 1, 3)], [['192.0.2.100'], [8000]])
  assert.deepEqual([at(4, 1, 1), at(4, 1, 2)], [[1_700_000_000], [123_000_000]])
  assert.deepEqual(
    [at(4, 2, 2), at(4, 2, 4), at(4, 2, 5), at(4, 2, 6), at(4, 2, 9), at(4, 2, 10)],
    [['POST'], ['/p?q=1'], ['a.test'], ['http'], [], ['HTTP/1.1']],
  )
  const names = at(4, 2, 3, 1)
  const headers = Object.fromEntries(names.map((name, n) => [name, at(4, 2, 3, 2)[n]]))
  assert.deepEqual(headers, {
    ...{ ':method': 'POST', ':path': '/p?q=1', ':scheme': 'http', ':authority': 'a.test' },
    ...{ 'x-two': '1,2', 'x-utf': 'é', 'x-bytes': '\ufffd' },
    ...{
      'x-forwarded-for': '10.0.0.1,192.0.2.7',
      'x-forwarded-proto': 'http',
      'x-request-id': '01234567-89ab-cdef-0123-456789abcdef',
    },
  })
  assert.deepEqual([at(10, 1), at(10, 2)], [['k'], ['v']])
})

test('gRPC: only the headers that are named', async () => {
  const request: FakeRequest = { headers: { 'x-a': '1', authorization: 'secret' } }
  const { asked } = await overGrpc({ headersToForward: ['X-A', ':path'] }, request, [])
  assert.deepEqual(values(asked[0]!, 1, 4, 2, 3, 1), ['x-a', ':path'])
})

const grpcRows: [sentence: string, config: object, answer: Message | Uint8Array | Error, said: unknown][] = [
  ['no status lets it pass', {}, [], 'next'],
  ['another status refuses', {}, [[1, [[1, 7]]]], [403, [], '', 'authorization-denied']],
  ['no connection', {}, new Error('refused'), [403, [], '', 'authorization-undecided']],
  ['failOpen, no connection', { failOpen: true }, new Error('refused'), 'next'],
  ['an answer that is no message', {}, Uint8Array.from([0x0a]), [403, [], '', 'authorization-undecided']],
  [
    'an error of its own',
    {},
    [
      [1, [[1, 7]]],
      [
        5,
        [
          [1, [[1, 503]]],
          [3, 'later'],
        ],
      ],
    ],
    [503, [], 'later', 'authorization-undecided'],
  ],
  [
    'failOpen, an error of its own',
    { failOpen: true },
    [
      [1, [[1, 7]]],
      [5, [[1, [[1, 503]]]]],
    ],
    'next',
  ],
  [
    'failOpen, a header that can’t be',
    { failOpen: true },
    [[3, [[2, headerOption('a', '\n')]]]],
    [500, [], '', 'authorization-denied'],
  ],
]
for (const [sentence, config, answer, expected] of grpcRows) {
  test(`gRPC: ${sentence}`, async () => assert.deepEqual(said((await overGrpc(config, {}, answer)).verdict), expected))
}

test('gRPC: an answer that allows changes the request', async () => {
  const answer: Message = [
    [
      3,
      [
        [2, headerOption('x-ext', 'n', true)],
        [2, headerOption('x-ext-none', 'n', true)],
        [2, headerOption('x-set', 'n')],
        [2, headerOption('host', 'new.test')],
        [2, headerOption(':path', '/new?x=1')],
        [2, headerOption(':method', 'PUT')],
        [2, headerOption('content-length', '3')],
        [5, 'x-r'],
      ],
    ],
    [
      4,
      [
        [
          1,
          [
            [1, 'user'],
            [2, [[3, 'bee']]],
          ],
        ],
      ],
    ],
  ]
  const { exchange, verdict } = await overGrpc({}, { headers: { 'x-ext': ['a', 'b'] } }, answer)
  assert.equal(inWords(verdict), 'next')
  const { set, host, path, query, method, droppedHeaders } = exchange.upstream
  assert.deepEqual(set, { 'x-set': 'n', 'x-ext': 'a,b,n' })
  assert.deepEqual([host, path, query, method, droppedHeaders], ['new.test', '/new', 'x=1', 'PUT', ['x-r']])
  assert.deepEqual(exchange.shared.get('envoy.filters.http.ext_authz'), { user: 'bee' })
})

test('gRPC: lines for the client, by what the answer has', async () => {
  const lines = [
    headerOption('x-add', '1'),
    headerOption('x-set', '2', false),
    headerOption('x-there', '3', null, 1),
    headerOption('x-absent', '4', null, 1),
    headerOption('x-there', '5', null, 3),
    headerOption('x-absent-too', '6', null, 3),
  ]
  const { exchange, compiled } = await overGrpc({}, {}, [[3, lines.map((line) => [6, line] as const)]])
  compiled.response?.(exchange, new FakeResponse(200, { 'x-there': 'y' }))
  assert.deepEqual(exchange.client.added, [['x-add', '1']])
  assert.deepEqual(exchange.client.set, { 'x-set': '2', 'x-absent': '4', 'x-there': '5' })
})

const queries: [query: string, set: [string, string][], removed: string[], changed: string][] = [
  [
    'q=1&r=2&s=a%20b&q=3',
    [
      ['q', 'v'],
      ['new', 'n'],
    ],
    ['r'],
    'new=n&q=v&s=a%20b',
  ],
  ['', [['a', 'b']], [], 'a=b'],
  ['a=1', [], ['a'], ''],
  ['x&b=1&b=2', [], ['none'], 'b=1&b=2&x='],
  ['a=1', [['b', 'x y#é']], [], 'a=1&b=x%20y%23%C3%A9'],
]
for (const [query, set, removed, changed] of queries) {
  test(`'${query}' becomes '${changed}'`, () => assert.equal(changedQuery(query, { set, removed }), changed))
}

test('the route is chosen anew where that is asked for, and only when headers were changed', async () => {
  const answer: Message = [
    [
      3,
      [
        [2, headerOption('x-plan', 'gold')],
        [5, 'x-old'],
      ],
    ],
  ]
  const again = async (config: object, said: Message) => (await overGrpc(config, {}, said)).exchange.upstream.matchAgain
  assert.deepEqual(await again({ matchAgain: true }, answer), ['x-plan', 'x-old'])
  assert.equal(await again({ matchAgain: true }, []), null)
  assert.equal(await again({}, answer), null)
})

test('what passes although nobody decided is logged, without what the request held', async () => {
  const { log } = await overHttp({ failOpen: true }, { headers: { authorization: 'secret' } }, new Error('refused'))
  assert.deepEqual(log.told, [
    {
      level: 'warn',
      fields: { policy: 'ext-authz', why: 'refused' },
      message: 'a request passed although nobody decided',
    },
  ])
})

test('a body is collected only where it is told', () => {
  const bytes = (config: object) => extAuthz.needs?.body?.(extAuthz.config.parse({ ...http, ...config }))
  assert.deepEqual([bytes({}), bytes({ body: { maxBytes: 5 } })], [0, 5])
})

const problems: [config: object, problem: RegExp][] = [
  [{ service: { ...http.service, pathPrefix: 'x' } }, /pathPrefix.*must start with/],
  [{ ...http, headersToAdd: [{ name: 'content-length', value: '1' }] }, /headersToAdd\[0\]/],
  [{ ...http, headersToAdd: [{ name: 'a', value: '%NOPE%' }] }, /%NOPE% is not known/],
]
for (const [config, problem] of problems) {
  test(`refuses ${JSON.stringify(config)}`, () => assert.throws(() => compilePolicy(extAuthz, config), problem))
}

const vouched: [sentence: string, config: object, replies: (BackendAnswer | Error)[], passedOn: object][] = [
  ['what the service is to set and does not', { headersToBackend: ['X-User'] }, [reply(200)], { 'x-other': 'o' }],
  [
    'what it sets',
    { headersToBackend: ['x-user'] },
    [reply(200, [['x-user', 'ann']])],
    { 'x-user': 'ann', 'x-other': 'o' },
  ],
  ['nobody having decided', { headersToBackend: ['x-user'], failOpen: true }, [new Error('down')], { 'x-other': 'o' }],
  [
    'what the service was shown',
    { headersToBackend: ['x-user'], headersToForward: ['X-User'] },
    [reply(200)],
    { 'x-user': 'forged', x_user: 'forged', 'x-other': 'o' },
  ],
]
for (const [sentence, config, replies, passedOn] of vouched) {
  test(`of a client's own headers, ${sentence}: ${JSON.stringify(passedOn)}`, async () => {
    const headers = { 'x-user': 'forged', x_user: 'forged', 'x-other': 'o' }
    const { verdict, exchange } = await overHttp(config, { headers }, ...replies)
    assert.equal(inWords(verdict), 'next')
    const { droppedHeaders, set } = exchange.upstream
    const left = Object.entries(headers).filter(([name]) => !droppedHeaders.includes(name))
    assert.deepEqual({ ...Object.fromEntries(left), ...set }, passedOn)
  })
}

test('a client’s Authorization stays where the service sets none', async () => {
  const headers = { authorization: 'Bearer a' }
  const { exchange } = await overHttp({ headersToBackend: ['authorization'] }, { headers }, reply(200))
  assert.deepEqual(exchange.upstream.droppedHeaders, [])
})
