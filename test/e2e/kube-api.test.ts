/** The API server's HTTP, spoken to a server that answers as one does. */
import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { type Access, anonymous } from '../../src/dialects/kgateway/kube/access/access.ts'
import { ApiError } from '../../src/dialects/kgateway/kube/api/api-error.ts'
import { HttpKubeApi } from '../../src/dialects/kgateway/kube/api/http-kube-api.ts'

let answer: (request: IncomingMessage, response: ServerResponse) => void
const server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1')
await new Promise((resolve) => server.once('listening', resolve))
const apis: HttpKubeApi[] = []
after(() => {
  for (const api of apis) api.close()
  server.close()
})

const tokens = ['first', 'second']
const accessTo = (port: number, credentials: Partial<Access['credentials']> = {}): Access => ({
  server: new URL(`http://127.0.0.1:${port}/prefix/`),
  authority: null,
  serverName: null,
  isVerified: true,
  proxy: null,
  namespace: 'default',
  words: 'a test',
  credentials: { current: async () => anonymous, refused: () => undefined, ...credentials },
})
function open(credentials: Partial<Access['credentials']> = {}, port = (server.address() as AddressInfo).port) {
  const api = new HttpKubeApi(accessTo(port, credentials))
  apis.push(api)
  return api
}
const { signal } = new AbortController()

describe('an API server by HTTP', () => {
  test('paths, queries, bodies', async () => {
    const seen: unknown[] = []
    answer = async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      seen.push([request.method, request.url, request.headers['content-type'], body])
      response.end('{"ok":true}')
    }
    const api = open()
    assert.deepEqual(await api.get('/api/v1/secrets', { limit: '5', fieldSelector: 'type!=a' }, signal), { ok: true })
    await api.send('POST', '/x', { é: 1 }, signal)
    await api.patch('/x/status', { status: {} }, signal)
    assert.deepEqual(seen, [
      ['GET', '/prefix/api/v1/secrets?limit=5&fieldSelector=type%21%3Da', undefined, ''],
      ['POST', '/prefix/x', 'application/json', '{"é":1}'],
      ['PATCH', '/prefix/x/status', 'application/merge-patch+json', '{"status":{}}'],
    ])
  })

  test('a token that is refused is asked for once more', async () => {
    answer = (request, response) => {
      response.statusCode = request.headers.authorization === 'Bearer second' ? 200 : 401
      response.end('{}')
    }
    let at = 0
    const current = async () => ({ ...anonymous, authorization: `Bearer ${tokens[at]}` })
    const api = open({ current, refused: () => at++ })
    assert.deepEqual(await api.get('/x', {}, signal), {})
    assert.equal(at, 1)
  })

  test('what the server says of a refusal is the error; what is no JSON still is one', async () => {
    answer = (_, response) => {
      response.statusCode = 409
      response.end(JSON.stringify({ kind: 'Status', reason: 'Conflict', message: 'modified', code: 409 }))
    }
    const told = (error: unknown) => error instanceof ApiError && [error.status, error.reason, error.message]
    await assert.rejects(open().get('/x', {}, signal), (error) => {
      assert.deepEqual(told(error), [409, 'Conflict', 'modified'])
      return true
    })
    answer = (_, response) => {
      response.statusCode = 502
      response.end('<html>')
    }
    await assert.rejects(open().get('/x', {}, signal), (error) => {
      assert.deepEqual(told(error), [502, '', 'the API server answered with status 502'])
      return true
    })
  })

  test('lines come one by one, however the bytes are cut; a cut connection is an error', async () => {
    const bytes = Buffer.from('{"a":"é"}\n{"b":1}\n\n{"c":')
    let end = true
    answer = async (_, response) => {
      for (const byte of bytes) {
        response.write(Buffer.of(byte))
        await new Promise((resolve) => setImmediate(resolve))
      }
      if (end) response.end('2}\n')
      else response.destroy()
    }
    const lines: unknown[] = []
    await open().stream('/x', {}, (line) => lines.push(line), signal)
    assert.deepEqual(lines, [{ a: 'é' }, { b: 1 }, { c: 2 }])
    end = false
    await assert.rejects(
      open().stream('/x', {}, () => undefined, signal),
      { code: 'ECONNRESET' },
    )
  })

  test('what a reader throws ends the reading; a signal, too', async () => {
    answer = (_, response) => void response.write('{"a":1}\n')
    const thrown = new Error('enough')
    const throwing = () => {
      throw thrown
    }
    await assert.rejects(open().stream('/x', {}, throwing, signal), thrown)
    const ending = new AbortController()
    await assert.rejects(
      open().stream('/x', {}, () => ending.abort(), ending.signal),
      /aborted/,
    )
  })

  test('nobody there', async () => {
    const gone = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => gone.once('listening', resolve))
    const { port } = gone.address() as AddressInfo
    await new Promise((resolve) => gone.close(resolve))
    await assert.rejects(open({}, port).get('/x', {}, signal), { code: 'ECONNREFUSED' })
  })
})
