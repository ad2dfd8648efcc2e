import { createServer, type IncomingMessage } from 'node:http'
import { Duplex } from 'node:stream'
import type { Reading, SeenMessage } from './seen-message.ts'

class NoSocket extends Duplex {
  readonly reading: Reading = { messages: [], refused: false }
  remoteAddress = '127.0.0.1'
  setTimeout(): this {
    return this
  }
  setNoDelay(): void {}
  setKeepAlive(): void {}
  override _read(): void {}
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    // node answers by itself what has no Host or an expectation it can't meet
    if (/^HTTP\/1\.1 4/.test(chunk.toString('latin1', 0, 12))) this.reading.refused = true
    done()
  }
}

const server = createServer({ insecureHTTPParser: false, maxHeaderSize: 65536, keepAlive: false }, (request) => {
  const { reading } = request.socket as unknown as NoSocket
  const message: SeenMessage = {
    method: request.method!,
    target: request.url!,
    headers: pairs(request),
    body: '',
    complete: false,
  }
  reading.messages.push(message)
  request.on('data', (chunk: Buffer) => {
    message.body += chunk.toString('latin1')
  })
  request.on('end', () => {
    // never answered: an answer might end the connection before what is behind it was handed over
    message.complete = true
  })
  request.on('error', () => {})
})
server.on('clientError', (_error, socket) => {
  // left open: the requests before it are still being handed over
  ;(socket as unknown as NoSocket).reading.refused = true
})
server.on('dropRequest', () => {})

function pairs({ rawHeaders }: IncomingMessage): [string, string][] {
  return Array.from({ length: rawHeaders.length / 2 }, (_, i) => [rawHeaders[2 * i]!, rawHeaders[2 * i + 1]!])
}

/** Reads all of these with `node:http`, strict, each on a connection of its own. */
export async function readByNode(all: readonly string[]): Promise<Reading[]> {
  const sockets = all.map((bytes) => {
    const socket = new NoSocket()
    socket.on('error', () => {})
    server.emit('connection', socket)
    socket.push(Buffer.from(bytes, 'latin1'))
    return socket
  })
  // streams hand over and end in a few turns of the loop; nothing here waits for anything else
  for (let turn = 0; turn < 8; turn++) await new Promise(setImmediate)
  for (const socket of sockets) socket.destroy()
  return sockets.map(({ reading }) => reading)
}
