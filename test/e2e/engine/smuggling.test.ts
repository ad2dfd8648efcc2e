import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { declare, type Engine, startEngine } from './engine.ts'
import { statusOf, valuesOf } from './message.ts'
import { RawClient } from './raw-client.ts'
import { OK, RawService } from './raw-service.ts'
import { type Row, rows } from './smuggling.ts'

let service: RawService
let engine: Engine
before(async () => {
  service = await RawService.start()
  engine = await startEngine(declare(service.port))
})
after(async () => {
  await engine.stop()
  await service.stop()
  assert.deepEqual(engine.errors, [])
})
beforeEach(() => {
  service.forget()
  service.handle = (request, connection) =>
    connection.send(request.startLine.startsWith('HEAD ') ? 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n' : OK)
})

const BEFORE = 'GET /before HTTP/1.1\r\nHost: a\r\n\r\n'
const AFTER = 'GET /after HTTP/1.1\r\nHost: a\r\n\r\n'

/** What reached the service, as method and target of each request. */
const asked = () => service.requests.map(({ startLine }) => startLine.replace(/ HTTP\/1\.1$/, ''))

async function isRefused(client: RawClient, status: number, expected: string[]): Promise<void> {
  const answer = await client.answer()
  assert.equal(statusOf(answer), status)
  await client.stream.untilEnded()
  assert.equal(client.stream.text, '', 'one answer and no more')
  assert.deepEqual(asked(), expected)
  for (const { stream } of service.connections) assert.equal(stream.text, '', 'no part of anything')
  assert.ok(!service.received.includes('/m '), 'no byte of it reached the service')
}

async function isForwarded(client: RawClient, row: Row, before: string[]): Promise<void> {
  assert.ok(typeof row.becomes === 'object')
  const answer = await client.answer(row.bytes.startsWith('HEAD ') ? 'no-body' : 'response')
  assert.equal(statusOf(answer), 200)
  assert.equal(statusOf(await client.answer()), 200, 'what comes behind it is a request of its own')
  assert.deepEqual(asked(), [...before, row.becomes.asked, 'GET /after'])
  const request = service.requests[before.length]!
  assert.equal(request.body.toString('latin1'), row.becomes.body)
  assert.equal(
    valuesOf(request, 'content-length').length + valuesOf(request, 'transfer-encoding').length,
    row.becomes.body === '' ? 0 : 1,
  )
}

assert.ok(rows.length >= 120, `${rows.length} rows`)
for (const row of rows) {
  const { becomes } = row
  test(`${typeof becomes === 'number' ? 'refused' : 'forwarded once'}: ${row.sentence}`, async () => {
    // by itself, in front of another, and behind one on the same connection
    for (const before of [[], ['GET /before']]) {
      service.forget()
      const client = await RawClient.connect(engine.port)
      if (before.length > 0) assert.equal(statusOf(await client.send(BEFORE).answer()), 200)
      client.send(row.bytes + AFTER)
      if (typeof becomes === 'number') await isRefused(client, becomes, before)
      else await isForwarded(client, row, before)
      client.destroy()
    }
    assert.deepEqual(service.faults, [])
  })
}
