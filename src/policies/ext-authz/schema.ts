import { z } from 'zod'
import { backendTls } from '../../policy/backend-tls.ts'
import { flag, integer, list, map, oneOf, optional, record, text } from '../../policy/fields.ts'
import { headerNameProblem } from '../../policy/header-changes.ts'
import { substitutionProblem } from '../../policy/substitution/substitution.ts'

const MILLISECONDS = 2 ** 31 - 1

const service = record({
  kind: oneOf('grpc', 'http').describe(
    'How it is asked: by Envoy’s `Authorization` service, or by a copy of the request.',
  ),
  host: text().describe('Where to connect to.'),
  port: integer(1, 65_535).describe('The port there.'),
  tls: optional(backendTls()).describe('How to speak TLS with it; null for plain text.'),
  authority: optional(text()).describe('`:authority` of gRPC calls; host and port when null.'),
  pathPrefix: z.string().default('').describe('Put before the path that an HTTP service is asked for.'),
})

const retry = record({
  retries: integer(0, 100).default(1).describe('How many more attempts there are when the service can not answer.'),
  baseMs: integer(1, MILLISECONDS)
    .default(1000)
    .describe('The longest wait before the first; twice as long before each further one.'),
  maxMs: optional(integer(1, MILLISECONDS)).describe('The longest wait of all; ten times the first when null.'),
})

const body = record({
  maxBytes: integer(1, 2 ** 31 - 1).describe('How much of the request body is told. A larger one is refused with 413.'),
  allowPartial: flag().default(false).describe('Tell the first bytes of a larger body in place of refusing it.'),
  asBytes: flag().default(false).describe('gRPC: as `raw_body`; otherwise as `body`, which must be UTF-8.'),
})

export const config = record({
  service: service.describe('Who decides.'),
  timeoutMs: optional(integer(1, MILLISECONDS)).describe(
    'How long a decision may take, attempts and all: 200 for gRPC, 2000 for HTTP when null.',
  ),
  retry: optional(retry).describe('Ask again when the service can not answer; null to ask once.'),
  failOpen: flag().default(false).describe('Let requests pass when nobody can decide.'),
  statusOnError: integer(200, 599).default(403).describe('Status of the refusal when nobody can decide.'),
  body: optional(body).describe('Tell the service the request body too.'),
  headersToForward: optional(list(text())).describe(
    'Request headers that are told. Null: gRPC, all; HTTP, only `Authorization`, which is always told.',
  ),
  headersToAdd: list(record({ name: text(), value: text() }))
    .default([])
    .describe('HTTP: lines to add; values may hold operators such as `%REQ(x-user)%`.'),
  headersToBackend: list(text()).default([]).describe('HTTP: headers of a reply that allows, for the service behind.'),
  headersToClient: optional(list(text())).describe(
    'HTTP: headers of a reply that denies, for the client; all when null.',
  ),
  headersToClientOnSuccess: list(text()).default([]).describe('HTTP: headers of a reply that allows, for the client.'),
  matchAgain: flag()
    .default(false)
    .describe('Choose the route anew when request headers were changed: they may lead elsewhere.'),
  contextExtensions: map(z.string()).default({}).describe('gRPC: told as they are.'),
})
export type Config = z.infer<typeof config>

export function check({ service, headersToAdd }: Config): Record<string, string> {
  if (service.pathPrefix !== '' && !/^\/[\x21\x22\x24-\x3e\x40-\x7e]*$/.test(service.pathPrefix))
    return { 'service.pathPrefix': 'must start with / and be printable ASCII' }
  for (const [n, { name, value }] of headersToAdd.entries()) {
    const problem = headerNameProblem(name) ?? substitutionProblem(value)
    if (problem !== null) return { [`headersToAdd[${n}]`]: problem }
  }
  return {}
}

/** Milliseconds a decision may take. */
export function timeoutOf({ timeoutMs, service }: Config): number {
  return timeoutMs ?? (service.kind === 'grpc' ? 200 : 2000)
}
