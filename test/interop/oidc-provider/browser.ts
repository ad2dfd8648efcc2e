import { request } from 'node:http'

export interface Page {
  readonly url: string
  readonly status: number
  readonly body: string
}

/** As much of a browser as a login takes: it keeps cookies by host, follows redirects, and sends forms. */
export class Browser {
  readonly #ports: Readonly<Record<string, number>>
  readonly #jars = new Map<string, Map<string, string>>()
  /** Every address it was at. */
  readonly visited: string[] = []

  /** @param ports where hosts are that have no address. */
  constructor(ports: Readonly<Record<string, number>>) {
    this.#ports = ports
  }

  cookies(host: string): Map<string, string> {
    let jar = this.#jars.get(host)
    if (jar === undefined) this.#jars.set(host, (jar = new Map()))
    return jar
  }

  async open(url: string, form: Readonly<Record<string, string>> | null = null): Promise<Page> {
    let [at, body] = [url, form === null ? null : new URLSearchParams(form).toString()]
    for (let hops = 0; hops < 20; hops++) {
      this.visited.push(at)
      const { location, ...page } = await this.#send(at, body)
      if (location === undefined) return { url: at, ...page }
      at = new URL(location, at).href
      body = null
    }
    throw new Error(`too many redirects: ${this.visited.join(' → ')}`)
  }

  #send(
    url: string,
    form: string | null,
  ): Promise<{ readonly status: number; readonly body: string; readonly location: string | undefined }> {
    const { hostname, host, port, pathname, search } = new URL(url)
    const jar = this.cookies(hostname)
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          ...{ host: '127.0.0.1', port: this.#ports[hostname] ?? port, path: pathname + search },
          method: form === null ? 'GET' : 'POST',
          headers: {
            ...{ host, accept: 'text/html', cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
            ...(form !== null && { 'content-type': 'application/x-www-form-urlencoded' }),
          },
        },
        (answer) => {
          for (const line of answer.headers['set-cookie'] ?? []) {
            const [, name, value] = /^([^=;]+)=([^;]*)/.exec(line)!
            if (value === '' || line.includes('1970')) jar.delete(name!)
            else jar.set(name!, value!)
          }
          const chunks: Buffer[] = []
          answer.on('data', (chunk: Buffer) => chunks.push(chunk))
          answer.on('end', () => {
            const { location } = answer.headers
            resolve({ status: answer.statusCode!, body: Buffer.concat(chunks).toString('utf8'), location })
          })
        },
      )
      sent.on('error', reject)
      sent.end(form ?? undefined)
    })
  }
}
