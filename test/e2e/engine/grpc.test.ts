import assert from 'node:assert/strict'
import {
  type ClientHttp2Session,
  connect,
  createServer,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { type Engine, startEngine } from './engine.ts'
import { statusOf } from './message.ts'
import { RawClient } from './raw-client.ts'

type Serve = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void
let serve: Serve = () => {}
const server = createServer()
server.on('stream', (stream, headers) => {
  stream.on('error', () => {})
  serve(stream, headers)
})
server.on('session', (made) => {
  made.on('error', () => {})
  sessions.push(made)
})
const sessions: { destroy(): void }[] = []
let engine: Engine
let session: ClientHttp2Session
before(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const routes = [{ paths: ['/'], strip_path: false, protocols: ['grpc', 'grpcs'] }]
  engine = await startEngine(
    {
      _format_version: '3.0',
      services: [{ name: 'g', protocol: 'grpc', host: '127.0.0.1', port, read_timeout: 500, routes }],
    },
    { http2PriorKnowledge: true },
  )
  session = connect(`http://127.0.0.1:${engine.port}`)
})
after(async () => {
  session.destroy()
  await engine.stop()
  for (const made of sessions) made.destroy()
  server.close()
  assert.deepEqual(engine.errors, [])
})

interface Call {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly trailers: IncomingHttpHeaders
  readonly message: string
}

function call(message = 'ping'): Promise<Call> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': '/pkg.Svc/Do',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    let headers: IncomingHttpHeaders = {}
    let trailers: IncomingHttpHeaders = {}
    let text = ''
    stream.on('response', (received) => {
      headers = received
    })
    stream.on('trailers', (received) => {
      trailers = received
    })
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    stream.on('error', reject)
    stream.on('close', () => resolve({ status: Number(headers[':status']), headers, trailers, message: text }))
    stream.end(message)
  })
}

test('a call passes with its message, its answer and its trailers', async () => {
  let asked: IncomingHttpHeaders = {}
  serve = (stream, headers) => {
    asked = headers
    let text = ''
    stream.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    stream.on('end', () => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'grpc-message': 'fine' }))
      stream.end(`pong ${text}`)
    })
  }
  const answer = await call()
  assert.equal(answer.status, 200)
  assert.equal(answer.message, 'pong ping')
  assert.equal(answer.trailers['grpc-status'], '0')
  assert.equal(answer.trailers['grpc-message'], 'fine')
  assert.equal(asked['te'], 'trailers')
  assert.equal(asked[':path'], '/pkg.Svc/Do')
})

test('an answer of trailers only stays one', async () => {
  serve = (stream) => {
    stream.resume()
    stream.respond(
      { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5', 'grpc-message': 'none' },
      { endStream: true },
    )
  }
  const answer = await call()
  assert.equal(answer.status, 200)
  assert.equal(answer.headers['grpc-status'], '5')
})

test('a hundred calls share one connection to the service', async () => {
  serve = (stream) => {
    stream.resume()
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    stream.end('ok')
  }
  const made = sessions.length
  const answers = await Promise.all(Array.from({ length: 100 }, () => call()))
  assert.ok(answers.every(({ message }) => message === 'ok'))
  assert.ok(sessions.length - made <= 1)
})

test('an answer that is reset on its way is reset for the client, never ended', async () => {
  serve = (stream) => {
    stream.resume()
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    // Node would send an end before its reset
    stream.on('wantTrailers', () => {})
    stream.write('half')
    setImmediate(() => stream.close(2))
  }
  await assert.rejects(call())
})

test('a connection that is lost on the way is no end either, and the next call gets a new one', async () => {
  serve = (stream) => {
    stream.resume()
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' })
    stream.write('half')
    setImmediate(() => stream.session?.socket.destroy())
  }
  await assert.rejects(call())
  serve = (stream) => {
    stream.resume()
    stream.respond({ ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '0' }, { endStream: true })
  }
  assert.equal((await call()).headers['grpc-status'], '0')
})

test('a service that does not answer is told as gRPC tells it', async () => {
  serve = (stream) => {
    stream.resume()
  }
  assert.equal((await call()).headers['grpc-status'], '14')
})

test('a call that the client gives up within its message never looks complete to the service', async () => {
  const seen = new Promise<string>((resolve) => {
    serve = (stream) => {
      stream.on('data', () => giveUp())
      stream.on('end', () => resolve(stream.rstCode === 0 && !stream.aborted ? 'complete' : 'cut'))
      stream.on('close', () => resolve('cut'))
    }
  })
  const stream = session.request(
    { ':method': 'POST', ':path': '/pkg.Svc/Do', 'content-type': 'application/grpc' },
    { waitForTrailers: true },
  )
  stream.on('error', () => {})
  stream.on('wantTrailers', () => {})
  const giveUp = () => stream.close(8)
  stream.write('half a message')
  assert.equal(await seen, 'cut')
})

test('gRPC asked for by HTTP/1.1, or without its content type, is refused', async () => {
  const client = await RawClient.connect(engine.port)
  assert.equal(
    statusOf(await client.send('POST /pkg.Svc/Do HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n').answer()),
    426,
  )
  client.destroy()
})
