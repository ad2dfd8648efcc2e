/**
 * Rows of Kong's behaviour, each asked of a whole gateway over a socket: what the caller reads, byte for byte where that
 * matters, and what the service hears.
 *
 * Every request brings forged identity headers, so that each row also says that none of them comes through.
 */
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import type { GatewaySettings } from '../../../src/app.ts'
import { type Engine, startEngine } from '../engine/engine.ts'
import { type Message, oneValue, statusOf } from '../engine/message.ts'
import { RawClient } from '../engine/raw-client.ts'
import { RawService } from '../engine/raw-service.ts'

/** The time of the gateway in all rows: dates and tokens are made for it. Milliseconds. */
export const NOW = Date.UTC(2026, 0, 2, 3, 4, 5)
export const NOW_SECONDS = NOW / 1000

type Headers = Readonly<Record<string, string | readonly string[]>>

export interface Ask {
  /** Path and query, as sent. */
  readonly target: string
  readonly method?: string
  readonly headers?: Headers
  readonly body?: string
  readonly overTls?: boolean
}

/** How a refusal is worded: by `Accept` and with the request's id, or as compact JSON. */
type Style = 'negotiated' | 'compact'

export interface Refused {
  readonly kind: 'refused'
  readonly status: number
  readonly style: Style
  /** The whole body in compact style; of a negotiated body the message. */
  readonly says: object | string
  readonly challenge: string | null
  /** Other headers that the caller must read. */
  readonly headers: Readonly<Record<string, string>>
}
export interface Served {
  readonly kind: 'served'
  /** All the identity headers that the service hears, by lower-case name: these and no other. */
  readonly identity: Readonly<Record<string, string>>
  /** Of other headers the value, or null where the service must not hear of them. */
  readonly headers: Readonly<Record<string, string | null>>
  readonly target?: string
  readonly body?: string
}
/** The sentence begins with the section, and the row where it has numbers. What must first be had is asked for when asked. */
export type Row = readonly [sentence: string, ask: Ask | (() => Promise<Ask>), answer: Refused | Served]

export const negotiated = (status: number, says: string, challenge: string | null = null): Refused => ({
  ...{ kind: 'refused', status, style: 'negotiated', says, challenge, headers: {} },
})
export const compact = (
  status: number,
  says: object,
  challenge: string | null = null,
  headers: Readonly<Record<string, string>> = {},
): Refused => ({ kind: 'refused', status, style: 'compact', says, challenge, headers })
export const served = (
  identity: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string | null>> = {},
  more: Pick<Served, 'target' | 'body'> = {},
): Served => ({ kind: 'served', identity, headers, ...more })

/** What the service hears of a consumer. */
export const told = (consumer: { id: string; username?: string; custom_id?: string }, identifier: string | null) => ({
  'x-consumer-id': consumer.id,
  ...(consumer.username !== undefined && { 'x-consumer-username': consumer.username }),
  ...(consumer.custom_id !== undefined && { 'x-consumer-custom-id': consumer.custom_id }),
  ...(identifier === null ? { 'x-anonymous-consumer': 'true' } : { 'x-credential-identifier': identifier }),
})

/** A route of that name, found under its name as a path, with these plugins. */
export const guarded = (name: string, ...plugins: readonly (readonly [name: string, config: object])[]) => ({
  ...{ name, paths: [`/${name}`], strip_path: false },
  plugins: plugins.map(([plugin, config]) => ({ name: plugin, config })),
})

export type Guarded = ReturnType<typeof guarded>

const IDENTITY = /^x-(?:consumer|credential|authenticated|anonymous)-/
const FORGED = [
  ...['X-Consumer-ID', 'X-Consumer-Custom-ID', 'X-Consumer-Username', 'X-Consumer-Groups', 'X-Credential-Identifier'],
  ...['X-Credential-Username', 'X-Anonymous-Consumer', 'X-Authenticated-Groups', 'X-Authenticated-Scope'],
  'X-Authenticated-UserId',
].map((name) => `${name}: forged\r\n`)

/** A row that needs another time sets it, and sets it back. */
export const clock = { time: NOW, now: () => clock.time }
let service: RawService
let engine: Engine

/** Starts the gateway in front of one service with these routes, from a file, for all tests of the test file. */
export function gatewayWith(
  routes: readonly object[],
  consumers: readonly object[],
  settings: Partial<GatewaySettings> = {},
): void {
  const all = { proxyHttps: LOOPBACK, ...settings }
  startFor((port) => startEngine(declarationOf(port, routes, consumers), all, clock))
}

/** Makes an entity by the Admin API. @throws Error with its answer when it can't. */
export type Make = (method: 'POST' | 'PUT', path: string, fields: object) => Promise<void>

/** As `gatewayWith`, with a store that the Admin API fills: for what is given out and kept, which no file takes. */
export function gatewayWithStore(
  routes: readonly Guarded[],
  fill: (make: Make) => Promise<void>,
  settings: Partial<GatewaySettings> = {},
): void {
  startFor(async (port) => {
    const started = await startEngine({}, { sources: [], admin: LOOPBACK, proxyHttps: LOOPBACK, ...settings }, clock)
    const make: Make = async (method, path, fields) => {
      const headers = { 'content-type': 'application/json' }
      const url = `http://127.0.0.1:${started.gateway.ports.admin}${path}`
      const answer = await fetch(url, { method, headers, body: JSON.stringify(fields) })
      if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
      await answer.arrayBuffer()
    }
    await make('PUT', `/services/${SERVICE}`, { name: 's', url: `http://127.0.0.1:${port}` })
    await fill(make)
    for (const { plugins, ...route } of routes) {
      await make('PUT', `/services/s/routes/${route.name}`, route)
      for (const plugin of plugins) await make('POST', `/routes/${route.name}/plugins`, plugin)
    }
    return started
  })
}

const LOOPBACK = { host: '127.0.0.1', port: 0 }
const declarationOf = (port: number, routes: readonly object[], consumers: readonly object[]) => ({
  _format_version: '3.0',
  services: [{ name: 's', id: SERVICE, url: `http://127.0.0.1:${port}`, routes }],
  consumers,
})

function startFor(start: (servicePort: number) => Promise<Engine>): void {
  before(async () => {
    service = await RawService.start()
    engine = await start(service.port)
  })
  after(async () => {
    await engine?.stop()
    await service?.stop()
    assert.deepEqual(engine.errors, [])
  })
  beforeEach(() => service.forget())
}
/** The id of the one service. */
export const SERVICE = '5e000000-0000-4000-8000-000000000000'

/** Asks, and gives what the caller read. */
export async function answerTo({ target, method = 'GET', headers = {}, body, overTls }: Ask): Promise<Message> {
  const client = await (overTls ? RawClient.connectTls(engine.httpsPort) : RawClient.connect(engine.port))
  const lines = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().map((value) => `${name}: ${value}\r\n`),
  )
  const length = body === undefined ? '' : `Content-Length: ${Buffer.byteLength(body, 'latin1')}\r\n`
  const head = [
    `${method} ${target} HTTP/1.1\r\nHost: a.test\r\n`,
    ...FORGED,
    ...lines,
    length,
    'Connection: close\r\n\r\n',
  ]
  const answer = await client.send(head.join('') + (body ?? '')).answer(method === 'HEAD' ? 'no-body' : 'response')
  client.destroy()
  return answer
}

/** What the service was asked since the test began. */
export const heard = (): readonly Message[] => service.requests

/** Lets the service begin anew within a test. */
export const forget = (): void => service.forget()

/** One test a row. */
export function checkRows(rows: readonly Row[]): void {
  for (const [sentence, ask, wanted] of rows) {
    test(sentence, async () => {
      const answer = await answerTo(typeof ask === 'function' ? await ask() : ask)
      if (wanted.kind === 'refused') checkRefused(answer, wanted)
      else checkServed(answer, wanted)
    })
  }
}

export function checkRefused(answer: Message, wanted: Refused): void {
  const { status, style, says, challenge } = wanted
  const id = oneValue(answer, 'x-kong-request-id')
  assert.match(String(id), /^[0-9a-f]{32}$/)
  const text =
    style === 'compact' ? JSON.stringify(says) : `{\n  "message":${JSON.stringify(says)},\n  "request_id":"${id}"\n}`
  assert.deepEqual(
    {
      status: statusOf(answer),
      body: answer.body.toString(),
      type: oneValue(answer, 'content-type'),
      challenge: oneValue(answer, 'www-authenticate') ?? null,
    },
    { status, body: text, type: 'application/json; charset=utf-8', challenge },
  )
  for (const [name, value] of Object.entries(wanted.headers)) assert.equal(oneValue(answer, name), value, name)
  assert.deepEqual(service.requests, [], 'the service must hear nothing')
}

export function checkServed(answer: Message, { identity, headers, target, body }: Served): void {
  assert.equal(statusOf(answer), 200, answer.body.toString())
  assert.equal(oneValue(answer, 'www-authenticate'), undefined)
  assert.equal(service.requests.length, 1)
  const request = service.requests[0]!
  const names = [...new Set(request.headers.map(([name]) => name.toLowerCase()))].filter((name) => IDENTITY.test(name))
  assert.deepEqual(Object.fromEntries(names.map((name) => [name, oneValue(request, name)])), identity)
  for (const [name, value] of Object.entries(headers)) assert.equal(oneValue(request, name) ?? null, value, name)
  if (target !== undefined) assert.equal(request.startLine.split(' ')[1], target)
  if (body !== undefined) assert.equal(request.body.toString('latin1'), body)
}
