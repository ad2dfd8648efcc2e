import { type Message, statusOf, valuesOf } from '../../e2e/engine/message.ts'
import { RawClient } from '../../e2e/engine/raw-client.ts'
import type { Ask } from './case.ts'

/** What a client hears, and what the service heard before: all that is compared. */
export interface Heard {
  readonly status: number
  readonly challenge: readonly string[]
  readonly contentType: readonly string[]
  /** Of an answer of the gateway's own. */
  readonly body: string | null
  /** What the service was asked for, and the headers it got; null when it was not asked. */
  readonly service: { readonly target: string; readonly headers: readonly string[] } | null
}

/** Headers that say nothing of what was decided, or are different each time. */
const ASIDE = /^(?:host|connection|x-request-id|x-forwarded-for|x-forwarded-proto|x-envoy-.*)$/

export async function hear(
  port: number,
  config: string,
  { lines = [], target = '/p', method = 'GET' }: Ask,
): Promise<Heard> {
  const client = await RawClient.connect(port)
  const head = [`${method} ${target} HTTP/1.1`, `Host: ${config}.test`, ...lines, 'Connection: close']
  const answer = await client.send(`${head.join('\r\n')}\r\n\r\n`).answer(method === 'HEAD' ? 'no-body' : 'response')
  client.destroy()
  return heardFrom(answer)
}

function heardFrom(answer: Message): Heard {
  const echoed = valuesOf(answer, 'x-echo').length > 0
  const text = answer.body.toString()
  return {
    status: statusOf(answer),
    challenge: valuesOf(answer, 'www-authenticate'),
    contentType: echoed ? [] : valuesOf(answer, 'content-type'),
    body: echoed ? null : text,
    service: echoed ? seenBy(JSON.parse(text) as Echo) : null,
  }
}

export interface Echo {
  readonly target: string
  readonly rawHeaders: readonly string[]
}

function seenBy({ target, rawHeaders }: Echo): NonNullable<Heard['service']> {
  const headers: string[] = []
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n]!.toLowerCase()
    if (!ASIDE.test(name)) headers.push(`${name}: ${rawHeaders[n + 1]!.trim()}`)
  }
  return { target, headers: headers.sort() }
}
