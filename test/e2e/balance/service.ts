import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A target that answers with its name, and can be told to fail, hang, refuse and come back. */
export class Target {
  readonly name: string
  /** What it does with requests from now on. */
  mode: 'answer' | 'hang' | 'hang-checks' | number = 'answer'
  /** Clients' requests, and checks of the gateway. */
  requests = 0
  checks = 0
  lastCheck: IncomingMessage['headers'] = {}
  port = 0
  #server: Server | null = null

  private constructor(name: string) {
    this.name = name
  }

  static async start(name: string): Promise<Target> {
    const target = new Target(name)
    await target.listen()
    return target
  }

  /** @returns when it takes connections, on the port it had before if it had one. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => this.#serve(request, response))
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(this.port, '127.0.0.1', resolve)
    })
    this.#server = server
    this.port = (server.address() as AddressInfo).port
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/check') {
      this.checks++
      this.lastCheck = request.headers
    } else this.requests++
    if (this.mode === 'hang' || (this.mode === 'hang-checks' && request.url === '/check')) return
    if (typeof this.mode === 'number') response.statusCode = this.mode
    response.end(this.name)
  }

  /** Connections are refused from now on. */
  async refuse(): Promise<void> {
    const server = this.#server
    this.#server = null
    if (server === null) return
    await new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  }
}

/** Asks again and again until it holds; what it waits for is said when it does not. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const limit = Date.now() + 20_000
  while (!(await holds())) {
    if (Date.now() > limit) throw new Error(`not within 20 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
