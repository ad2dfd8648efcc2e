import { z } from 'zod'
import { integer, map, number, oneOf, optional, record, text } from '../../policy/fields.ts'
import { customFieldProblems } from '../../policy/record/custom-fields.ts'

const HEADER_NAME = /^[0-9A-Za-z_-]+$/
/** Written by us: a second one would contradict it. */
const OURS = ['Host', 'Content-Length', 'Content-Type']

/** A header's value as it is sent: no control characters, one byte each (RFC 9110 §5.5). */
const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/

const headerKey = () =>
  z
    .string()
    .min(1)
    .superRefine((name, context) => {
      const ours = OURS.find((each) => each.toLowerCase() === name.toLowerCase())
      const message = !HEADER_NAME.test(name)
        ? `bad header name '${name}', allowed characters are A-Z, a-z, 0-9, '_', and '-'`
        : ours && `cannot contain '${ours}' header`
      if (message) context.addIssue({ code: 'custom', message })
    })

const seconds = (otherwise: number, from: number, what: string) =>
  number(from, from === 0 ? 3600 : 1_000_000)
    .default(otherwise)
    .describe(what)

const queueFields = record({
  max_batch_size: integer(1, 1_000_000)
    .default(1)
    .describe('Most records in one request; with 1 a record is sent by itself, else as a JSON array.'),
  max_coalescing_delay: seconds(1, 0, 'Seconds that a batch waits for more records.'),
  max_entries: integer(1, 1_000_000).default(10_000).describe('Most records that wait; the oldest are dropped.'),
  max_bytes: optional(integer()).describe('Most bytes of records that wait; null: 64 MiB.'),
  max_retry_time: number().default(60).describe('Seconds for which a batch is tried again; -1: it is tried once.'),
  initial_retry_delay: seconds(0.01, 0.001, 'Seconds before the first further attempt, doubled each time.'),
  max_retry_delay: seconds(60, 0.001, 'Longest pause between two attempts, in seconds.'),
  concurrency_limit: z
    .literal([-1, 1])
    .default(1)
    .describe('1: batches go one after the other; -1: each record at once and by itself.'),
})

export const config = record({
  http_endpoint: text()
    .meta({ referenceable: true, secret: true })
    .describe('URL that records are sent to; a name and password in it become an Authorization header.'),
  method: oneOf('POST', 'PUT', 'PATCH').default('POST').describe('Method of the requests.'),
  content_type: oneOf('application/json', 'application/json; charset=utf-8')
    .default('application/json')
    .describe('Content-Type of the requests.'),
  timeout: number().default(10_000).describe('Milliseconds that a request may take.'),
  keepalive: number().default(60_000).describe('Milliseconds that an unused connection is kept for.'),
  retry_count: optional(integer()).describe('No longer used: see `queue.max_retry_time`.'),
  queue_size: optional(integer()).describe('Older name of `queue.max_batch_size`; goes before it where it is not 1.'),
  flush_timeout: optional(number()).describe(
    'Older name of `queue.max_coalescing_delay`; goes before it where it is not 2.',
  ),
  headers: optional(z.record(headerKey(), z.string().meta({ referenceable: true, secret: true }))).describe(
    'Further headers of the requests.',
  ),
  queue: queueFields.default(() => queueFields.parse({}) as never).describe('How records wait and are tried again.'),
  custom_fields_by_lua: optional(map(text())).describe(
    'Members of the record made by functions, in JavaScript where Kong has Lua; needs `--functions on`.',
  ),
})
export type Config = z.infer<typeof config>

export function check(given: Config): Record<string, string | string[]> {
  const problems = customFieldProblems(given.custom_fields_by_lua)
  if (Object.keys(problems).length > 0) return problems
  for (const [name, value] of Object.entries(given.headers ?? {})) {
    // Never with the value, which may come from a vault: what refuses it later would tell it.
    if (!SENDABLE.test(value)) return { headers: `the value of '${name}' has characters that can't stand in a header` }
  }
  if (given.http_endpoint.startsWith('{vault://')) return {}
  const url = URL.parse(given.http_endpoint)
  if (url === null || url.hostname === '') return { http_endpoint: 'missing host in url' }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    return { http_endpoint: `expected a URL of http or https, not ${url.protocol}` }
  }
  const names = Object.keys(given.headers ?? {}).map((name) => name.toLowerCase())
  if ((url.username !== '' || url.password !== '') && names.includes('authorization')) {
    const message = "specifying both an 'Authorization' header and user info in 'http_endpoint' is not allowed"
    return { '@entity': [message] }
  }
  return {}
}
