import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { type Gateway, startGateway } from '../../../src/app.ts'
import { type Heard, heard } from './heard.ts'

const loopback = { host: '127.0.0.1', port: 0 }

/** One gateway of several on a PostgreSQL. */
export interface Node {
  readonly gateway: Gateway
  /** Messages of its log. */
  readonly log: Heard<string>
  write(method: string, path: string, body?: object): Promise<Response>
  /** Status of a call through its proxy. */
  call(path: string, key?: string): Promise<number>
  /** Calls until it is answered so; milliseconds it took. */
  until(status: number, path: string, key?: string): Promise<number>
}

/** A gateway in this process, on the PostgreSQL at `url`. */
export async function startNode(t: TestContext, url: string, workers = 1): Promise<Node> {
  const log = heard<string>()
  const note = (_fields: object, message: string) => log.hear(message)
  const settings = {
    ...{ sources: [], store: url, workers, trustedIps: [], accessLog: null },
    ...{ proxyHttp: loopback, proxyHttps: null, admin: loopback, status: null },
    ...{ proxyProtocol: false, http2PriorKnowledge: false, exactHosts: false },
  }
  const gateway = await startGateway(settings, { info: note, warn: note, error: note })
  t.after(() => gateway.stop(1000))
  const { http, admin } = gateway.ports
  const call = async (path: string, key?: string) => {
    const headers: Record<string, string> = key === undefined ? {} : { apikey: key }
    const answer = await fetch(`http://127.0.0.1:${http}${path}`, { headers })
    await answer.arrayBuffer()
    return answer.status
  }
  return {
    gateway,
    log,
    call,
    write: (method, path, body) =>
      fetch(`http://127.0.0.1:${admin}${path}`, {
        method,
        headers: { 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    async until(status, path, key) {
      const started = performance.now()
      while ((await call(path, key)) !== status) assert.ok(performance.now() - started < 20_000, `no ${status}`)
      return performance.now() - started
    },
  }
}

/** Fails unless the write was made. */
export async function made(answer: Promise<Response>): Promise<void> {
  const { status } = await answer
  assert.ok(status === 200 || status === 201 || status === 204, `answered ${status}`)
}
