import type { RawClient } from './raw-client.ts'

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
export const frameType = { data: 0, headers: 1, reset: 3, settings: 4, goaway: 7 } as const
const END_STREAM = 1
const END_HEADERS = 4

export interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, payload])
}

/** HPACK: every field a literal without indexing, nothing compressed (RFC 7541 §6.2.2), so that any bytes can be sent. */
function headerBlock(fields: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string) => {
    const bytes = Buffer.from(value, 'latin1')
    if (bytes.length < 127) return [Buffer.from([bytes.length]), bytes]
    const rest = bytes.length - 127
    return [Buffer.from([127, (rest & 127) | 128, rest >> 7]), bytes]
  }
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), ...text(name), ...text(value)]))
}

/** Speaks HTTP/2 by hand, so that it can say what no library would. */
export class FrameClient {
  readonly #client: RawClient

  constructor(client: RawClient) {
    this.#client = client
    client.send(PREFACE)
    client.send(frame(frameType.settings, 0, 0, Buffer.alloc(0)))
  }

  headers(stream: number, fields: readonly (readonly [string, string])[], ended: boolean): void {
    this.#client.send(frame(frameType.headers, END_HEADERS | (ended ? END_STREAM : 0), stream, headerBlock(fields)))
  }

  data(stream: number, text: string, ended: boolean): void {
    this.#client.send(frame(frameType.data, ended ? END_STREAM : 0, stream, Buffer.from(text, 'latin1')))
  }

  /** The next answer, reset or goodbye; null when the connection ends without. */
  async outcome(): Promise<Frame | null> {
    const { stream } = this.#client
    for (;;) {
      const whole = await stream.until('frame', () => {
        if (stream.bytes.length < 9) return stream.ended ? 0 : undefined
        const length = 9 + stream.bytes.readUIntBE(0, 3)
        return stream.bytes.length >= length ? length : stream.ended ? 0 : undefined
      })
      if (whole === 0) return null
      const bytes = stream.take(whole)
      const type = bytes[3]!
      if (type === frameType.headers || type === frameType.reset || type === frameType.goaway) {
        return { type, flags: bytes[4]!, stream: bytes.readUInt32BE(5), payload: bytes.subarray(9) }
      }
    }
  }
}

/** True for an answer of status 200: the first entry of HPACK's static table that has it. */
export function isOk(frame: Frame | null): boolean {
  return frame !== null && frame.type === frameType.headers && frame.payload[0] === 0x88
}
