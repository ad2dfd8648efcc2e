import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { Access, Credential } from '../access/access.ts'
import { apiError, hasStatus } from './api-error.ts'
import type { KubeApi, Query } from './kube-api.ts'
import { readJson, readLines } from './response-body.ts'

/** A question that is answered at once takes at most this long. Milliseconds. */
const LONGEST_ANSWER_MS = 60_000
/** How soon the system asks whether a silent peer is still there. */
const KEEP_ALIVE_MS = 15_000

interface Call {
  readonly method: string
  readonly path: string
  readonly query?: Query
  readonly body?: object
  readonly contentType?: string
  readonly signal: AbortSignal
}

/** An API server by HTTP/1.1: one connection per watch, and a few for everything else. */
export class HttpKubeApi implements KubeApi {
  readonly #access: Access
  #agent: { readonly credential: Credential; readonly agent: HttpAgent } | null = null

  constructor(access: Access) {
    this.#access = access
  }

  get(path: string, query: Query, signal: AbortSignal): Promise<unknown> {
    return this.#answer({ method: 'GET', path, query, signal })
  }

  send(method: 'POST' | 'PUT', path: string, body: object, signal: AbortSignal): Promise<unknown> {
    return this.#answer({ method, path, body, signal })
  }

  patch(path: string, body: object, signal: AbortSignal): Promise<unknown> {
    return this.#answer({ method: 'PATCH', path, body, contentType: 'application/merge-patch+json', signal })
  }

  async stream(path: string, query: Query, onLine: (line: unknown) => void, signal: AbortSignal): Promise<void> {
    const response = await this.#accepted({ method: 'GET', path, query, signal })
    await readLines(response, onLine)
  }

  close(): void {
    this.#agent?.agent.destroy()
  }

  async #answer(call: Call): Promise<unknown> {
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(LONGEST_ANSWER_MS)])
    return readJson(await this.#accepted({ ...call, signal }))
  }

  /** The head of a good answer. A credential that is not taken is asked for once more. */
  async #accepted(call: Call): Promise<IncomingMessage> {
    try {
      return await this.#once(call)
    } catch (error) {
      if (!hasStatus(error, 401)) throw error
      this.#access.credentials.refused()
      return this.#once(call)
    }
  }

  async #once(call: Call): Promise<IncomingMessage> {
    const credential = await this.#access.credentials.current()
    const response = await this.#head(call, credential)
    const status = response.statusCode ?? 0
    if (status >= 200 && status < 300) return response
    throw apiError(status, await readJson(response).catch(() => null))
  }

  #head(
    { method, path, query = {}, body, contentType, signal }: Call,
    credential: Credential,
  ): Promise<IncomingMessage> {
    const { server } = this.#access
    const search = new URLSearchParams(query).toString()
    const text = body === undefined ? null : JSON.stringify(body)
    const options = {
      method,
      agent: this.#agentFor(credential),
      signal,
      headers: {
        accept: 'application/json',
        'user-agent': 'sallyport',
        ...(credential.authorization !== null && { authorization: credential.authorization }),
        ...(text !== null && {
          'content-type': contentType ?? 'application/json',
          'content-length': Buffer.byteLength(text),
        }),
      },
    }
    const url = new URL(server)
    url.pathname = `${server.pathname.replace(/\/$/, '')}${path}`
    url.search = search
    return new Promise((resolve, reject) => {
      const request = url.protocol === 'http:' ? httpRequest(url, options) : httpsRequest(url, options)
      request.once('error', reject)
      request.once('response', resolve)
      request.end(text ?? undefined)
    })
  }

  /** Connections are made anew when the certificate that we show is another. */
  #agentFor(credential: Credential): HttpAgent {
    const held = this.#agent
    if (held !== null && held.credential.certificate === credential.certificate) return held.agent
    const { server, authority, serverName, isVerified, proxy } = this.#access
    const common = {
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_MS,
      ...(proxy !== null && { proxyEnv: { HTTP_PROXY: proxy, HTTPS_PROXY: proxy } }),
    }
    const agent =
      server.protocol === 'http:'
        ? new HttpAgent(common)
        : new HttpsAgent({
            ...common,
            rejectUnauthorized: isVerified,
            ...(authority !== null && { ca: authority }),
            ...(serverName !== null && { servername: serverName }),
            ...(credential.certificate !== null && { cert: credential.certificate }),
            ...(credential.key !== null && { key: credential.key }),
          })
    held?.agent.destroy()
    this.#agent = { credential, agent }
    return agent
  }
}
