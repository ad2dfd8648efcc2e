import type { ChildProcess } from 'node:child_process'
import net from 'node:net'
import type { Address } from '../plane/plane.ts'
import type { Order } from './messages.ts'

/** Connections that wait for a worker when none serves; more are refused. */
const WAITING_LIMIT = 1024

/**
 * The listening sockets of a supervised gateway. Connections are handed to the workers in turn, unread. Our end of one
 * closes when its worker says that it has it, or when that worker is gone: then the client sees the connection break,
 * rather than wait for somebody who will never come. (Node's cluster forgets such connections and leaves them open.)
 */
export class ConnectionHandout {
  readonly #servers: net.Server[] = []
  #workers: readonly ChildProcess[] = []
  #turn = 0
  #waiting: (() => void)[] = []
  /** Connections on their way to a worker, by number. */
  readonly #underway = new Map<ChildProcess, Map<number, net.Socket>>()
  #lastNumber = 0

  /** @returns the port. @throws Error when the address can't be listened on. */
  async listen(name: string, { host, port }: Address): Promise<number> {
    const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
      // without this Node would have the worker report on the connection's life
      ;(socket as unknown as { server: null }).server = null
      this.#hand(name, socket)
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, backlog: 4096, exclusive: true }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    this.#servers.push(server)
    return (server.address() as net.AddressInfo).port
  }

  /** Who takes connections from now on. */
  setWorkers(workers: readonly ChildProcess[]): void {
    this.#workers = workers
    if (workers.length === 0) return
    for (const hand of this.#waiting.splice(0)) hand()
  }

  #hand(name: string, socket: net.Socket): void {
    const worker = this.#workers[this.#turn++ % this.#workers.length]
    if (worker === undefined) {
      if (this.#waiting.length < WAITING_LIMIT) this.#waiting.push(() => this.#hand(name, socket))
      else socket.destroy()
      return
    }
    const number = ++this.#lastNumber
    let underway = this.#underway.get(worker)
    if (underway === undefined) this.#underway.set(worker, (underway = new Map()))
    underway.set(number, socket)
    socket.on('error', () => {})
    worker.send({ type: 'connection', listener: name, number } satisfies Order, socket, { keepOpen: true }, (error) => {
      if (error) this.taken(worker, number)
    })
  }

  /** The worker has the connection. */
  taken(worker: ChildProcess, number: number): void {
    const underway = this.#underway.get(worker)
    underway?.get(number)?.destroy()
    underway?.delete(number)
  }

  /** The worker is gone, and with it what was on its way. */
  lost(worker: ChildProcess): void {
    for (const socket of this.#underway.get(worker)?.values() ?? []) socket.destroy()
    this.#underway.delete(worker)
  }

  close(): void {
    for (const server of this.#servers) server.close()
    for (const hand of this.#waiting.splice(0)) hand()
  }
}
