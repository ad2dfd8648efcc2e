import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What the sample service answers: the request as it arrived there. */
export interface Seen {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
}

export interface SampleService {
  readonly url: string
  close(): void
}

/** A service with no idea of authentication: it answers anyone, with what it saw. On this port, or any if it is taken. */
export async function startSampleService(port: number): Promise<SampleService> {
  const server = createServer((request, response) => {
    const seen: Seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers }
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(`${JSON.stringify({ message: 'hello from the sample service', saw: seen }, null, 2)}\n`)
  })
  await new Promise<void>((resolve) => {
    server.once('error', () => server.listen(0, '127.0.0.1'))
    server.once('listening', resolve)
    server.listen(port, '127.0.0.1')
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
