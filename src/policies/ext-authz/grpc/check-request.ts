/** Envoy's `envoy.service.auth.v3.CheckRequest`, written field by field. Numbers in comments are those of the fields. */
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { wireText } from '../../../base/wire-text.ts'
import type { ConnectionInfo } from '../../../policy/exchange.ts'
import type { Question } from '../question.ts'

export interface CheckFacts {
  readonly id: string
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly clientIp: string
  readonly connection: ConnectionInfo
  readonly scheme: string
  readonly httpVersion: '1.0' | '1.1' | '2'
  /** Who the caller's certificate says it is; empty without one. */
  readonly principal: string
  readonly contextExtensions: Readonly<Record<string, string>>
  /** The body goes into `raw_body` as it is. */
  readonly asBytes: boolean
}

const PROTOCOLS = { '1.0': 'HTTP/1.0', '1.1': 'HTTP/1.1', '2': 'HTTP/2' } as const

export function encodeCheckRequest(question: Question, facts: CheckFacts): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter()
  nested(writer, 1, () => {
    const { connection } = facts
    nested(writer, 1, () =>
      peer(writer, facts.clientIp, facts.clientIp === connection.ip ? connection.port : 0, facts.principal),
    )
    nested(writer, 2, () => peer(writer, connection.localIp, connection.localPort, ''))
    nested(writer, 4, () => request(writer, question, facts))
    for (const [name, value] of Object.entries(facts.contextExtensions)) mapEntry(writer, 10, name, value)
    nested(writer, 11, () => {})
    nested(writer, 13, () => {})
  })
  return writer.finish() as Uint8Array<ArrayBuffer>
}

/** Peer: address(1) { socket_address(1) { address(2), port_value(3) } }, principal(4). */
function peer(writer: BinaryWriter, ip: string, port: number, principal: string): void {
  nested(writer, 1, () =>
    nested(writer, 1, () => {
      text(writer, 2, ip)
      writer.tag(3, WireType.Varint).uint32(port)
    }),
  )
  if (principal !== '') text(writer, 4, principal)
}

/** Request: time(1), http(2). */
function request(writer: BinaryWriter, question: Question, facts: CheckFacts): void {
  nested(writer, 1, () => {
    writer.tag(1, WireType.Varint).int64(Math.floor(facts.now / 1000))
    const nanos = (facts.now % 1000) * 1_000_000
    if (nanos !== 0) writer.tag(2, WireType.Varint).int32(nanos)
  })
  nested(writer, 2, () => {
    text(writer, 1, facts.id)
    text(writer, 2, question.method)
    for (const [name, value] of joined(question.headers)) mapEntry(writer, 3, name, value)
    text(writer, 4, question.target)
    text(writer, 5, question.host)
    text(writer, 6, facts.scheme)
    const { body } = question
    if (body !== null) writer.tag(9, WireType.Varint).int64(body.length)
    text(writer, 10, PROTOCOLS[facts.httpVersion])
    if (body !== null && facts.asBytes) writer.tag(12, WireType.LengthDelimited).bytes(body)
    else if (body !== null) text(writer, 11, Buffer.from(body).toString('latin1'))
  })
}

/** One entry a name: a map holds no name twice. */
function joined(headers: Question['headers']): Map<string, string> {
  const byName = new Map<string, string>()
  for (const [name, value] of headers) {
    const before = byName.get(name)
    byName.set(name, before === undefined ? value : `${before},${value}`)
  }
  return byName
}

function nested(writer: BinaryWriter, field: number, write: () => void): void {
  writer.tag(field, WireType.LengthDelimited).fork()
  write()
  writer.join()
}

/** Bytes as text: a protobuf string must be UTF-8, or the service reads nothing at all. */
function text(writer: BinaryWriter, field: number, bytes: string): void {
  writer.tag(field, WireType.LengthDelimited).string(wireText(bytes) ?? Buffer.from(bytes, 'latin1').toString('utf8'))
}

function mapEntry(writer: BinaryWriter, field: number, name: string, value: string): void {
  nested(writer, field, () => {
    text(writer, 1, name)
    text(writer, 2, value)
  })
}
