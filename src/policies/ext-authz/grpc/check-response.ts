/**
 * Envoy's `envoy.service.auth.v3.CheckResponse`, read field by field, and what it means.
 *
 * What Envoy 1.38 makes of headers for the service behind is repeated here: `append` decides, `append_action` is not looked at.
 */
import { fromBinary, toJson } from '@bufbuild/protobuf'
import { BinaryReader } from '@bufbuild/protobuf/wire'
import { StructSchema } from '@bufbuild/protobuf/wkt'
import { headerValue } from '../../../base/header-value.ts'
import { type Decision, type DeniedBy, type HeaderChange, isFraming, isSendable, undecided } from '../decision.ts'

interface Option {
  readonly name: string
  /** A byte string; null when it can't be a header's value. */
  readonly value: string | null
  readonly append: boolean | null
  readonly action: number
}
interface HttpAnswer {
  status: number
  readonly headers: Option[]
  body: string
}
interface OkAnswer {
  readonly headers: Option[]
  readonly removed: string[]
  readonly response: Option[]
  readonly querySet: [string, string][]
  readonly queryRemoved: string[]
}

/** @throws Error when the bytes are no message. */
export function decodeCheckResponse(bytes: Uint8Array): Decision {
  let code = 0
  let denied: HttpAnswer | null = null
  let failed: HttpAnswer | null = null
  let ok: OkAnswer | null = null
  let metadata: Readonly<Record<string, unknown>> | null = null
  let oldMetadata: Readonly<Record<string, unknown>> | null = null

  read(bytes, {
    1: (status) => read(status.bytes(), { 1: (reader) => (code = reader.int32()) }),
    2: (reader) => (denied = httpAnswer(reader.bytes())),
    3: (reader) => ([ok, oldMetadata] = okAnswer(reader.bytes())),
    4: (reader) => (metadata = struct(reader.bytes())),
    5: (reader) => (failed = httpAnswer(reader.bytes())),
  })
  metadata ??= oldMetadata

  if (code === 0) return allowed(ok, metadata)
  if (failed !== null) {
    const answer = failed as HttpAnswer
    const said = answer.status === 0 ? null : { ...said403(answer), status: finalStatus(answer.status) }
    return { ...undecided('the service says that it can not decide', false), answer: said }
  }
  return { kind: 'denied', ...said403(denied), metadata }
}

/** Status, headers and body of a denial; 403 unless it says otherwise. Lines that can't be sent are left out. */
function said403(answer: HttpAnswer | null): Pick<DeniedBy, 'status' | 'headers' | 'body'> {
  if (answer === null) return { status: 403, headers: [], body: '' }
  const headers: [string, string][] = []
  for (const { name, value } of answer.headers) {
    if (value !== null && isSendable(name, value) && !isFraming(name) && name !== 'host') headers.push([name, value])
  }
  return { status: answer.status === 0 ? 403 : finalStatus(answer.status), headers, body: answer.body }
}

/** What is no final status would leave the client waiting. */
function finalStatus(status: number): number {
  return status >= 200 && status <= 599 ? status : 500
}

function allowed(ok: OkAnswer | null, metadata: Readonly<Record<string, unknown>> | null): Decision {
  const answer = ok ?? { headers: [], removed: [], response: [], querySet: [], queryRemoved: [] }
  const request = changes(answer.headers, ({ append }) => (append === true ? 'extend' : 'set'))
  const response = changes(answer.response, responseOp)
  if (request === null || response === null)
    return { kind: 'denied', status: 500, headers: [], body: '', metadata: null }
  return {
    kind: 'allowed',
    request,
    removed: answer.removed
      .map((name) => name.toLowerCase())
      .filter((name) => !name.startsWith(':') && name !== 'host'),
    response: response.filter(({ name }) => !isFraming(name)),
    query: { set: answer.querySet, removed: answer.queryRemoved },
    metadata,
  }
}

function responseOp({ append, action }: Option): HeaderChange['op'] {
  if (append !== null) return append ? 'add' : 'set'
  return (['add', 'if-absent', 'set', 'if-present'] as const)[action] ?? 'set'
}

/** Null where one of them can't be sent: passing the request on without it would be another decision. */
function changes(options: readonly Option[], op: (option: Option) => HeaderChange['op']): HeaderChange[] | null {
  const list: HeaderChange[] = []
  for (const option of options) {
    const { name, value } = option
    if (value === null || !isSendable(name.replace(/^:/, ''), value)) return null
    list.push({ op: op(option), name, value })
  }
  return list
}

// --- messages --------------------------------------------------------------------------------------------------------

function read(bytes: Uint8Array, fields: Readonly<Record<number, (reader: BinaryReader) => unknown>>): void {
  const reader = new BinaryReader(bytes)
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag()
    const take = fields[field]
    if (take === undefined) reader.skip(wire, field)
    else take(reader)
  }
}

/** DeniedHttpResponse: status(1) { code(1) }, headers(2), body(3). */
function httpAnswer(bytes: Uint8Array): HttpAnswer {
  const answer: HttpAnswer = { status: 0, headers: [], body: '' }
  read(bytes, {
    1: (status) => read(status.bytes(), { 1: (reader) => (answer.status = reader.int32()) }),
    2: (reader) => answer.headers.push(option(reader.bytes())),
    3: (reader) => (answer.body = reader.string()),
  })
  return answer
}

/** OkHttpResponse: headers(2), dynamic_metadata(3), headers_to_remove(5), response_headers_to_add(6), query parameters(7, 8). */
function okAnswer(bytes: Uint8Array): [OkAnswer, Readonly<Record<string, unknown>> | null] {
  const answer: OkAnswer = { headers: [], removed: [], response: [], querySet: [], queryRemoved: [] }
  let metadata: Readonly<Record<string, unknown>> | null = null
  read(bytes, {
    2: (reader) => answer.headers.push(option(reader.bytes())),
    3: (reader) => (metadata = struct(reader.bytes())),
    5: (reader) => answer.removed.push(reader.string()),
    6: (reader) => answer.response.push(option(reader.bytes())),
    7: (reader) => answer.querySet.push(pair(reader.bytes())),
    8: (reader) => answer.queryRemoved.push(reader.string()),
  })
  return [answer, metadata]
}

/** HeaderValueOption: header(1) { key(1), value(2), raw_value(3) }, append(2) { value(1) }, append_action(3). */
function option(bytes: Uint8Array): Option {
  let [name, value, append, action] = ['', '' as string | null, null as boolean | null, 0]
  read(bytes, {
    1: (header) =>
      read(header.bytes(), {
        1: (reader) => (name = reader.string().toLowerCase()),
        2: (reader) => (value = headerValue(reader.string())),
        3: (reader) => {
          const raw = Buffer.from(reader.bytes()).toString('latin1')
          if (raw !== '') value = raw
        },
      }),
    2: (wrapped) => {
      append = false
      read(wrapped.bytes(), { 1: (reader) => (append = reader.bool()) })
    },
    3: (reader) => (action = reader.int32()),
  })
  return { name, value, append, action }
}

/** QueryParameter: key(1), value(2). */
function pair(bytes: Uint8Array): [string, string] {
  const result: [string, string] = ['', '']
  read(bytes, { 1: (reader) => (result[0] = reader.string()), 2: (reader) => (result[1] = reader.string()) })
  return result
}

function struct(bytes: Uint8Array): Readonly<Record<string, unknown>> {
  return toJson(StructSchema, fromBinary(StructSchema, bytes)) as Record<string, unknown>
}
