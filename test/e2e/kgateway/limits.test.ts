import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { test } from 'node:test'
import { type Kgateway, sampleApp, startKgateway } from './kgateway.ts'

const policy = (spec: object) => ({
  ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind: 'TrafficPolicy' },
  metadata: { name: 'limits', namespace: 'httpbin' },
  spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'httpbin' }], ...spec },
})

async function withGateway(
  spec: object,
  answer: (nth: number, response: ServerResponse) => void,
  use: (kgateway: Kgateway, asked: () => number) => Promise<void>,
): Promise<void> {
  let asked = 0
  const kgateway = await startKgateway((port) => [...sampleApp(port), policy(spec)], {
    answer: (_seen, response) => answer(++asked, response),
  })
  try {
    await use(kgateway, () => asked)
  } finally {
    await kgateway.stop()
  }
}

const never = () => {}
const status = (code: number) => (_nth: number, response: ServerResponse) => response.writeHead(code).end(String(code))
const firstFails = (code: number) => (nth: number, response: ServerResponse) =>
  response.writeHead(nth === 1 ? code : 200).end(String(nth))

test('a service that takes longer than the route allows: 504', () =>
  withGateway({ timeouts: { request: '100ms' } }, never, async (kgateway, asked) => {
    const { status: got, body } = await kgateway.ask('/')
    assert.deepEqual([got, body, asked()], [504, 'upstream request timeout', 1])
  }))

test('an answer that takes longer than the route allows breaks off', () =>
  withGateway(
    { timeouts: { request: '200ms' } },
    (_nth, response) => void response.writeHead(200, { 'content-length': '10' }).write('12345'),
    (kgateway) => assert.rejects(kgateway.ask('/'), { code: 'ECONNRESET' }),
  ))

test('an answer that is worth another attempt is asked for again, with its body', () =>
  withGateway({ retry: { retryOn: ['5xx'], attempts: 2 } }, firstFails(503), async (kgateway, asked) => {
    const { status: got, body } = await kgateway.ask('/', { method: 'POST', body: 'abc' })
    assert.deepEqual([got, body, asked()], [200, '2', 2])
  }))

test('the last answer is handed on', () =>
  withGateway({ retry: { retryOn: ['5xx'], attempts: 2 } }, status(500), async (kgateway, asked) => {
    const { status: got, body } = await kgateway.ask('/')
    assert.deepEqual([got, body, asked()], [500, '500', 3])
  }))

test('an answer that is not worth it is handed on at once', () =>
  withGateway({ retry: { statusCodes: [503], attempts: 2 } }, status(500), async (kgateway, asked) => {
    assert.deepEqual([(await kgateway.ask('/')).status, asked()], [500, 1])
  }))

test('a connection that breaks before the answer is worth it when asked for', () =>
  withGateway(
    { retry: { retryOn: ['reset'], attempts: 1 } },
    (nth, response) => void (nth === 1 ? response.socket!.destroy() : response.end('again')),
    async (kgateway, asked) => {
      const { status: got, body } = await kgateway.ask('/', { method: 'POST', body: 'abc' })
      assert.deepEqual([got, body, asked()], [200, 'again', 2])
    },
  ))

test('one attempt that takes too long makes room for the next', () =>
  withGateway(
    { retry: { retryOn: ['5xx'], attempts: 1, perTryTimeout: '100ms' }, timeouts: { request: '5s' } },
    (nth, response) => void (nth === 1 ? undefined : response.end('again')),
    async (kgateway, asked) => {
      const { status: got, body } = await kgateway.ask('/')
      assert.deepEqual([got, body, asked()], [200, 'again', 2])
    },
  ))

test('without retries nothing is sent twice', () =>
  withGateway({}, status(503), async (kgateway, asked) => {
    assert.deepEqual([(await kgateway.ask('/')).status, asked()], [503, 1])
  }))
