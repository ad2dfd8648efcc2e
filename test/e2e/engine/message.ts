import type { ByteStream } from './byte-stream.ts'

/** A message as a strict reader of our own takes it off the wire. */
export interface Message {
  /** Request line or status line. */
  readonly startLine: string
  /** Name and value as sent, in order. */
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  readonly trailers: readonly (readonly [string, string])[]
  /** All bytes of the message, framing included. */
  readonly raw: string
}

/** How the body of a message is delimited, as its reader knows from elsewhere. */
export type BodyRule = 'request' | 'response' | 'no-body'

/** All values of a header, by lower-case name. */
export function valuesOf(message: Message, name: string): string[] {
  return message.headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value)
}

/** The one value of a header. @throws Error when there are several: the gateway must not send any twice unasked. */
export function oneValue(message: Message, name: string): string | undefined {
  const values = valuesOf(message, name)
  if (values.length > 1) throw new Error(`${values.length} headers ${name}: ${values.join(' | ')}`)
  return values[0]
}

export function statusOf(message: Message): number {
  return Number(message.startLine.split(' ')[1])
}

/** Takes the next message off the stream. @throws Error when it is not strictly well formed. */
export async function readMessage(stream: ByteStream, rule: BodyRule): Promise<Message> {
  const headEnd = await stream.until('head of a message', () => {
    const at = stream.bytes.indexOf('\r\n\r\n')
    return at < 0 ? undefined : at
  })
  const head = stream.take(headEnd + 4).toString('latin1')
  const [startLine, ...lines] = head.slice(0, -4).split('\r\n')
  if (!/^(HTTP\/1\.1 [1-5][0-9][0-9] [\t\x20-\x7e\x80-\xff]*|[A-Z-]+ [\x21-\x7e]+ HTTP\/1\.1)$/.test(startLine!)) {
    throw new Error(`start line: ${JSON.stringify(startLine)}`)
  }
  const headers = lines.map(headerOf)
  let raw = head
  let body = Buffer.alloc(0)
  let trailers: readonly (readonly [string, string])[] = []
  const all = (name: string) => headers.filter(([other]) => other.toLowerCase() === name).map(([, value]) => value)
  const lengths = all('content-length')
  const encodings = all('transfer-encoding')
  if (lengths.length + encodings.length > 1) throw new Error(`ambiguous framing: ${JSON.stringify(head)}`)
  if (rule !== 'no-body' && !(rule === 'response' && / (1..|204|304) /.test(startLine!))) {
    if (encodings.length > 0) {
      if (encodings[0] !== 'chunked') throw new Error(`transfer encoding ${encodings[0]}`)
      const read = await readChunks(stream)
      body = read.body
      trailers = read.trailers
      raw += read.raw
    } else if (lengths.length > 0) {
      if (!/^[0-9]+$/.test(lengths[0]!)) throw new Error(`content length ${lengths[0]}`)
      const length = Number(lengths[0])
      body = await stream.until(`body of ${length} bytes`, () =>
        stream.bytes.length >= length ? Buffer.from(stream.take(length)) : undefined,
      )
      raw += body.toString('latin1')
    } else if (rule === 'response') {
      await stream.untilEnded()
      body = Buffer.from(stream.take(stream.bytes.length))
      raw += body.toString('latin1')
    }
  }
  return { startLine: startLine!, headers, body, trailers, raw }
}

function headerOf(line: string): readonly [string, string] {
  const match = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([\t\x20-\x7e\x80-\xff]*?)[ \t]*$/.exec(line)
  if (match === null) throw new Error(`header line: ${JSON.stringify(line)}`)
  return [match[1]!, match[2]!]
}

async function readChunks(stream: ByteStream) {
  const pieces: Buffer[] = []
  let raw = ''
  const line = async () => {
    const end = await stream.until('line of chunk framing', () => {
      const at = stream.bytes.indexOf('\r\n')
      return at < 0 ? undefined : at
    })
    const text = stream.take(end + 2).toString('latin1')
    raw += text
    return text.slice(0, -2)
  }
  for (;;) {
    const size = await line()
    if (!/^[0-9a-f]+$/.test(size)) throw new Error(`chunk size: ${JSON.stringify(size)}`)
    const length = Number.parseInt(size, 16)
    if (length === 0) break
    const piece = await stream.until(`chunk of ${length} bytes`, () =>
      stream.bytes.length >= length + 2 ? Buffer.from(stream.take(length + 2)) : undefined,
    )
    if (piece.toString('latin1', length) !== '\r\n') throw new Error('no line end behind a chunk')
    raw += piece.toString('latin1')
    pieces.push(piece.subarray(0, length))
  }
  const trailers: (readonly [string, string])[] = []
  for (let text = await line(); text !== ''; text = await line()) trailers.push(headerOf(text))
  return { body: Buffer.concat(pieces), trailers, raw }
}
