import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { ClientFacts, ClientSide } from '../../src/plane/client-side.ts'
import { Deadlines } from '../../src/plane/deadlines.ts'
import { splitTarget } from '../../src/plane/http1/acceptable.ts'
import { ByteSocket } from '../../src/plane/http1/byte-socket.ts'
import { Http1Client } from '../../src/plane/http1/client-connection.ts'
import { requestRoles } from '../../src/plane/http1/header-roles.ts'
import type { Reading, SeenMessage } from './seen-message.ts'

const roles = requestRoles(['x-consumer-id'], ['x-request-id'])
const deadlines = new Deadlines()
const facts: ClientFacts = {
  ip: '127.0.0.1',
  port: 1,
  localIp: '127.0.0.1',
  localPort: 80,
  scheme: 'http',
  listener: 'http',
  sni: null,
  certificate: null,
  http2: false,
  trusted: false,
}
const ANSWER = { status: 200, reason: '', lines: '', framing: { kind: 'length', length: 0 } } as const

/** A connection without a network: bytes are pushed in, answers are dropped. */
class NoSocket extends Duplex {
  setNoDelay(): void {}
  destroySoon(): void {
    this.destroy()
  }
  override _read(): void {}
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done()
  }
}

function answer(client: ClientSide): void {
  client.sendHead(ANSWER)
  client.sendEnd('')
}

/** All headers of the head that is there now, also those that are not passed on. */
function headersOf({ head }: ClientSide): [string, string][] {
  return Array.from({ length: head.count }, (_, i) => [head.nameAt(i), head.valueAt(i)])
}

/** Reads the pieces as one connection with a client would, every request answered once its body is there. */
export function readByUs(pieces: readonly Buffer[]): Reading {
  const reading: Reading = { messages: [], refused: false }
  const socket = new NoSocket()
  const connection = new Http1Client(ByteSocket.over(socket as unknown as Socket), facts, {
    deadlines,
    timeouts: { head: 60_000, idle: 60_000, body: 60_000 },
    limits: { headBytes: 32768, headers: 256 },
    requestRoles: () => roles,
    draining: () => false,
    request(client) {
      if (splitTarget(client.head.target) === null) {
        reading.refused = true
        client.endAfterAnswer()
        return answer(client)
      }
      const { method, target } = client.head
      const message: SeenMessage = { method, target, headers: headersOf(client), body: '', complete: false }
      reading.messages.push(message)
      client.listen({
        clientDrain() {},
        clientFailed() {
          reading.refused = true
          answer(client)
        },
        clientGone() {},
      })
      const finish = () => {
        message.complete = true
        answer(client)
      }
      if (!client.hasBody) return finish()
      client.readBody({ bodyData: (chunk) => void (message.body += chunk.latin1Slice()), bodyEnd: finish })
    },
    refuse(client) {
      reading.refused = true
      answer(client)
    },
    closed() {},
  })
  for (const piece of pieces) socket.emit('data', piece)
  connection.abort()
  return reading
}
