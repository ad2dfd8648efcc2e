import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from '../../policy/registry.ts'
import {
  compilePolicy,
  FakeDirectory,
  FakeExchange,
  type FakeRequest,
  fakeIdentity,
  inWords,
  judge,
} from '../../policy/test-kit.ts'
import { Counter } from './counter.ts'
import { rateLimiting } from './handler.ts'
import { type Period, windowAt } from './periods.ts'

const MIDNIGHT = Date.UTC(2026, 0, 31)
const [SECOND, MINUTE, HOUR, DAY] = [1000, 60_000, 3_600_000, 86_400_000]

/** What each of several requests is told: `next` or the refusal, one word after the other. */
function told(config: object, requests: readonly FakeRequest[], registry = new Registry()): string {
  const compiled = compilePolicy(rateLimiting, config, { registry })
  return requests.map((request) => inWords(judge(compiled, new FakeExchange({ now: MIDNIGHT, ...request })))).join(', ')
}
const at = (...times: number[]): FakeRequest[] => times.map((ms) => ({ now: MIDNIGHT + ms }))
const full = '429 limit-exceeded'

const windows: [sentence: string, config: object, requests: FakeRequest[], told: string][] = [
  ['two a minute', { minute: 2 }, at(0, 1, 2), `next, next, ${full}`],
  ['the next second starts anew', { second: 1 }, at(0, 999, SECOND), `next, ${full}, next`],
  ['the next minute starts anew', { minute: 1 }, at(0, MINUTE - 1, MINUTE), `next, ${full}, next`],
  ['the next hour starts anew', { hour: 1 }, at(0, HOUR - 1, HOUR), `next, ${full}, next`],
  ['the next day starts anew', { day: 1 }, at(0, DAY - 1, DAY), `next, ${full}, next`],
  ['the next month starts anew', { month: 1 }, at(-DAY, DAY - 1, DAY), `next, ${full}, next`],
  ['the next year starts anew', { year: 1 }, at(0, 300 * DAY, 335 * DAY), `next, ${full}, next`],
  ['the fuller window refuses', { second: 5, minute: 5 }, at(0, 0, 0, 0, 0, SECOND), `${'next, '.repeat(5)}${full}`],
  ['what was refused is not counted', { second: 1, minute: 2 }, at(0, 0, 0, SECOND), `next, ${full}, ${full}, next`],
  ['a request that waited counts with the others', { minute: 1 }, at(MINUTE, MINUTE - 1), `next, ${full}`],
  ['a clock set back an hour starts anew', { minute: 1 }, at(HOUR, 0), 'next, next'],
]
for (const [sentence, config, requests, wanted] of windows) {
  test(`${sentence}: ${wanted}`, () => assert.equal(told(config, requests), wanted))
}

const directory = new FakeDirectory()
const [alice, bob] = ['alice', 'bob'].map((username) => directory.addConsumer({ username }))
const key = (id: string, consumer = alice!) => ({
  identities: [fakeIdentity({ consumer, credential: { id, identifier: id } })],
})
const bare = (id: string) => ({ identities: [fakeIdentity({ credential: { id, identifier: id } })] })
const ip = (clientIp: string) => ({ clientIp })
const header = (value: string) => ({ headers: { 'x-tenant': value } })
const service = (id: string) => ({ route: { id: 'r', name: null, service: { id, name: null } } })
const long = 'x'.repeat(100)

const together: [by: string, sentence: string, a: FakeRequest, b: FakeRequest, same: boolean][] = [
  ['consumer', 'two keys of one consumer', key('1'), key('2'), true],
  ['consumer', 'two consumers at one address', key('1'), key('2', bob), false],
  ['consumer', 'two credentials without consumer', bare('1'), bare('2'), false],
  ['consumer', 'strangers at one address', {}, {}, true],
  ['consumer', 'strangers at two addresses', ip('192.0.2.1'), ip('192.0.2.2'), false],
  ['credential', 'two keys of one consumer', key('1'), key('2'), false],
  ['credential', 'one key at two addresses', { ...key('1'), ...ip('192.0.2.9') }, key('1'), true],
  ['credential', 'strangers at one address', {}, {}, true],
  ['ip', 'two consumers at one address', key('1'), key('2', bob), true],
  ['ip', 'one consumer at two addresses', key('1'), { ...key('1'), ...ip('192.0.2.9') }, false],
  ['service', 'two addresses, one service', service('s'), { ...service('s'), ...ip('192.0.2.9') }, true],
  ['service', 'two services', service('s'), service('t'), false],
  ['service', 'no service, one address', {}, {}, true],
  ['header', 'one value at two addresses', header('a'), { ...header('a'), ...ip('192.0.2.9') }, true],
  ['header', 'two values', header('a'), header('b'), false],
  ['header', 'two long values', header(`${long}a`), header(`${long}b`), false],
  ['header', 'one long value', header(`${long}a`), header(`${long}a`), true],
  ['header', 'a value that is an address is not that address', header('192.0.2.1'), {}, false],
  ['path', 'that path at two addresses', { path: '/p' }, { path: '/p', ...ip('192.0.2.9') }, true],
  ['path', 'that path and another', { path: '/p' }, { path: '/q' }, false],
]
for (const [by, sentence, a, b, same] of together) {
  test(`by ${by}: ${sentence}: ${same ? 'counted together' : 'counted apart'}`, () => {
    const config = { minute: 1, limit_by: by, header_name: 'X-Tenant', path: '/p' }
    assert.equal(told(config, [a, b]), same ? `next, ${full}` : 'next, next')
  })
}

/** All headers of the last of several requests, refusal's included. */
function headersOf(config: object, requests: FakeRequest[]): Record<string, string> {
  const compiled = compilePolicy(rateLimiting, config)
  let headers = {}
  for (const request of requests) {
    const exchange = new FakeExchange(request)
    const verdict = judge(compiled, exchange)
    const own = verdict.kind === 'denied' ? Object.fromEntries(verdict.detail.headers ?? []) : {}
    headers = { ...exchange.client.set, ...own }
  }
  return headers
}
const ofWindow = (limit: number, remaining: number, reset: number) => ({
  ...{ 'ratelimit-limit': `${limit}`, 'ratelimit-remaining': `${remaining}`, 'ratelimit-reset': `${reset}` },
})
const minute = (limit: number, left: number) => ({
  ...{ 'x-ratelimit-limit-minute': `${limit}`, 'x-ratelimit-remaining-minute': `${left}` },
})
const second = (limit: number, left: number) => ({
  ...{ 'x-ratelimit-limit-second': `${limit}`, 'x-ratelimit-remaining-second': `${left}` },
})
const heard: [sentence: string, config: object, requests: FakeRequest[], headers: Record<string, string>][] = [
  ['the first of three', { minute: 3 }, at(0), { ...ofWindow(3, 2, 60), ...minute(3, 2) }],
  ['the last of three', { minute: 3 }, at(0, 0, 12_500), { ...ofWindow(3, 0, 48), ...minute(3, 0) }],
  ['one too many', { minute: 1 }, at(0, 30_000), { ...ofWindow(1, 0, 30), ...minute(1, 0), 'Retry-After': '30' }],
  [
    'the window with the least left speaks',
    { second: 2, minute: 9 },
    at(0),
    { ...ofWindow(2, 1, 1), ...second(2, 1), ...minute(9, 8) },
  ],
  [
    'of equals the longer one',
    { second: 2, minute: 2 },
    at(0),
    { ...ofWindow(2, 1, 60), ...second(2, 1), ...minute(2, 1) },
  ],
  ['nothing when hidden', { minute: 1, hide_client_headers: true }, at(0, 0), {}],
]
for (const [sentence, config, requests, headers] of heard) {
  test(`the caller hears: ${sentence}`, () => assert.deepEqual(headersOf(config, requests), headers))
}

test('status and message of a refusal are as configured', () => {
  const compiled = compilePolicy(rateLimiting, { minute: 1, error_code: 404, error_message: 'gone fishing' })
  judge(compiled, new FakeExchange())
  const verdict = judge(compiled, new FakeExchange())
  assert.equal(inWords(verdict), '404 limit-exceeded')
  assert.equal(verdict.kind === 'denied' && verdict.detail.message, 'gone fishing')
})

test('counts outlive a recompile, also with another limit', () => {
  const registry = new Registry()
  assert.equal(told({ minute: 2 }, at(0, 0), registry), 'next, next')
  assert.equal(told({ minute: 3 }, at(0, 0), registry), `next, ${full}`)
})

test('a configuration of an older version, with flat fields for Redis, is taken', () => {
  const older = { redis_host: null, redis_port: 6379, redis_password: '', redis_ssl: false, redis_timeout: 2000 }
  assert.equal(told({ minute: 1, policy: 'local', ...older }, at(0, 0)), `next, ${full}`)
})

test('two uses count apart', () => {
  const registry = new Registry()
  const uses = ['a', 'b'].map((useId) => compilePolicy(rateLimiting, { minute: 1 }, { registry, useId }))
  assert.deepEqual(
    uses.map((use) => inWords(judge(use, new FakeExchange()))),
    ['next', 'next'],
  )
})

test('a flood of callers does not fill the memory', () => {
  const counter = new Counter('year')
  for (let caller = 0; caller < 150_000; caller++) counter.increment(`${caller}`)
  assert.equal(counter.count('149999', 0) + counter.count('0', 0), 0, 'the window was not begun yet')
  counter.increment('one')
  for (let caller = 0; caller < 150_000; caller++) counter.increment(`${caller}`)
  assert.deepEqual([counter.count('149999', 0), counter.count('one', 0)], [1, 0])
})

const calendar: [period: Period, at: string, start: string, end: string][] = [
  ['month', '2024-02-29T23:59:59Z', '2024-02-01T00:00:00Z', '2024-03-01T00:00:00Z'],
  ['month', '2025-12-31T12:00:00Z', '2025-12-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ['year', '2025-12-31T12:00:00Z', '2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z'],
  ['day', '2025-12-31T12:00:00Z', '2025-12-31T00:00:00Z', '2026-01-01T00:00:00Z'],
]
for (const [period, now, start, end] of calendar) {
  test(`the ${period} of ${now} begins ${start} and ends ${end}`, () => {
    assert.deepEqual(windowAt(period, Date.parse(now)), { start: Date.parse(start), end: Date.parse(end) })
  })
}

const refused: [sentence: string, config: object, problems: Record<string, string | string[]>][] = [
  [
    'no limit at all',
    {},
    {
      '@entity': [
        "at least one of these fields must be non-empty: 'config.second', 'config.minute', 'config.hour', 'config.day', 'config.month', 'config.year'",
      ],
    },
  ],
  [
    'fewer in an hour than in a second',
    { second: 20, hour: 10 },
    { '@entity': ['The limit for hour(10.0) cannot be lower than the limit for second(20.0)'] },
  ],
  [
    'by a header that is not named',
    { second: 1, limit_by: 'header' },
    {
      '@entity': ["failed conditional validation given the value of field 'config.limit_by'"],
      header_name: 'required field missing',
    },
  ],
  [
    'by a path that is not named',
    { second: 1, limit_by: 'path' },
    {
      '@entity': ["failed conditional validation given the value of field 'config.limit_by'"],
      path: 'required field missing',
    },
  ],
  [
    'counts in Redis',
    { second: 1, policy: 'redis' },
    { policy: "'redis' is not supported: use 'local', which counts in memory" },
  ],
  ['a status that is none', { second: 1, error_code: 42 }, { error_code: 'expected a status from 200 to 599' }],
]
for (const [sentence, config, problems] of refused) {
  test(`${sentence} is refused when written`, () => {
    assert.deepEqual(rateLimiting.check?.(rateLimiting.config.parse(config)), problems)
  })
}
