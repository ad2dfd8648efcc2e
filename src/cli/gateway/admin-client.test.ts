import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CommandFailure } from '../failure.ts'
import { AdminClient, Refused } from './admin-client.ts'

/** A client whose calls are answered by `answer` and written down as `METHOD PATH BODY`. */
function clientWith(answer: (path: string) => Response | Error) {
  const calls: string[] = []
  const fetchIt = async (input: string | URL | Request, init?: RequestInit) => {
    const path = String(input).replace('http://gw', '')
    calls.push([init?.method, path, init?.body].filter((part) => part !== undefined).join(' '))
    const given = answer(path)
    if (given instanceof Error) throw given
    return given
  }
  return { calls, client: new AdminClient('http://gw', fetchIt as typeof fetch) }
}

const json = (value: unknown, status = 200) => new Response(JSON.stringify(value), { status })

describe('the Admin API as a client', () => {
  it('escapes every part of a path', async () => {
    const { client, calls } = clientWith(() => json({}))
    await client.get(['consumers', 'a/b?c#d%e é'])
    assert.deepEqual(calls, ['GET /consumers/a%2Fb%3Fc%23d%25e%20%C3%A9'])
  })
  for (const name of ['.', '..']) {
    it(`never asks for something named '${name}', which would be something else`, async () => {
      const { client, calls } = clientWith(() => json({}))
      await assert.rejects(client.delete(['consumers', name]), CommandFailure)
      assert.deepEqual(calls, [])
    })
  }
  it('lists all pages', async () => {
    const { client, calls } = clientWith((path) =>
      path.includes('offset')
        ? json({ data: [{ id: 2 }], next: null })
        : json({ data: [{ id: 1 }], next: '/routes?offset=x' }),
    )
    assert.deepEqual(await client.list(['routes']), [{ id: 1 }, { id: 2 }])
    assert.deepEqual(calls, ['GET /routes?size=1000', 'GET /routes?offset=x'])
  })
  it('follows no page to another place', async () => {
    const { client } = clientWith(() => json({ data: [], next: 'http://elsewhere/routes' }))
    assert.deepEqual(await client.list(['routes']), [])
  })
  it('sends bodies as JSON', async () => {
    const { client, calls } = clientWith(() => json({ id: 1 }, 201))
    await client.create(['consumers'], { username: 'x' })
    assert.deepEqual(calls, ['POST /consumers {"username":"x"}'])
  })
  it('finds null where there is nothing', async () => {
    const { client } = clientWith(() => json({ message: 'Not found' }, 404))
    assert.equal(await client.find(['routes', 'x']), null)
  })
  it('deletes with an empty answer', async () => {
    await clientWith(() => new Response(null, { status: 204 })).client.delete(['routes', 'x'])
  })

  const refused = Object.assign(new TypeError('fetch failed'), {
    cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }),
  })
  const late = Object.assign(new Error('late'), { name: 'TimeoutError' })
  const rows: [sentence: string, answer: () => Response | Error, expected: RegExp][] = [
    [
      'a refusal in the words of the gateway',
      () => json({ message: 'schema violation (x)' }, 400),
      /^schema violation \(x\)$/,
    ],
    ['a refusal without words', () => json({}, 500), /answered 500, but not as an Admin API does/],
    [
      'an answer that is no JSON',
      () => new Response('<html>'),
      /answered 200, but not as an Admin API does; is it one\?/,
    ],
    ['a refusal that is no JSON', () => new Response('oh', { status: 502 }), /answered 502/],
    [
      'that it came to the proxy, whatever was asked for',
      () => json({ message: 'no Route matched with those values' }, 404),
      /is the proxy, not the Admin API/,
    ],
    ['that nothing listens', () => refused, /nothing listens there\nStart one with 'sallyport start'/],
    ['that nothing came in time', () => late, /did not answer within 10 seconds/],
  ]
  for (const [sentence, answer, expected] of rows) {
    it(`tells ${sentence}`, async () => {
      const failure = await clientWith(answer)
        .client.get(['routes'])
        .catch((error: unknown) => error)
      assert.ok(failure instanceof CommandFailure)
      assert.match(failure.message, expected)
    })
  }
  it('keeps the status of a refusal', async () => {
    const failure = await clientWith(() => json({ message: 'taken' }, 409))
      .client.create(['x'], {})
      .catch((error) => error)
    assert.ok(failure instanceof Refused)
    assert.equal(failure.status, 409)
  })
})
