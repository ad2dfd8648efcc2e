import { z } from 'zod'
import { flag, headerName, integer, list, map, number, oneOf, optional, record, text } from '../../../policy/fields.ts'
import { addEntityProblem, failedConditional, type Problems, quoted, REQUIRED } from '../schema/problems.ts'
import * as t from './field-types.ts'
import { readHost } from './host-name.ts'
import { type EntityKind, isEmpty, type Values } from './kind.ts'

const HASH_ON = ['none', 'consumer', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture'] as const
const hashOn = () =>
  oneOf(...HASH_ON)
    .nullable()
    .default('none')
const seconds = (value: number) => number(0, 65535).nullable().default(value)
const count = (value: number) => integer(0, 255).nullable().default(value)
const statuses = (...values: number[]) => list(integer(100, 999)).nullable().default(values)
const checkType = () => oneOf('tcp', 'http', 'https', 'grpc', 'grpcs').nullable().default('http')
/** A record that is filled in when left out, field by field. */
const filled = <S extends z.ZodRawShape>(shape: S) => {
  const inner = record(shape)
  return inner.nullable().default(inner.parse({}) as never)
}

const activeHealthchecks = () =>
  filled({
    type: checkType(),
    timeout: seconds(1),
    concurrency: integer(1, 2 ** 31)
      .nullable()
      .default(10),
    http_path: t.path().nullable().default('/'),
    https_sni: optional(t.serverName(false)),
    https_verify_certificate: flag().default(true),
    headers: optional(map(list(text()))),
    healthy: filled({ interval: seconds(0), http_statuses: statuses(200, 302), successes: count(0) }),
    unhealthy: filled({
      interval: seconds(0),
      http_statuses: statuses(429, 404, 500, 501, 502, 503, 504, 505),
      tcp_failures: count(0),
      timeouts: count(0),
      http_failures: count(0),
    }),
  })
const PASSIVE_HEALTHY = [200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 306, 307, 308]
const passiveHealthchecks = () =>
  filled({
    type: checkType(),
    healthy: filled({ http_statuses: statuses(...PASSIVE_HEALTHY), successes: count(0) }),
    unhealthy: filled({
      http_statuses: statuses(429, 500, 503),
      tcp_failures: count(0),
      timeouts: count(0),
      http_failures: count(0),
    }),
  })

/** A named pool of targets that services point at by host. */
export const upstream: EntityKind = {
  name: 'upstreams',
  path: 'upstreams',
  nestedPath: 'upstreams',
  endpointKey: 'name',
  uniqueTogether: [],
  expires: false,
  shape: record({
    id: t.id(),
    created_at: t.time(),
    updated_at: t.time(),
    name: t
      .checked(nameProblem)
      .meta({ unique: true })
      .describe('A host name; services with this host use the upstream.'),
    algorithm: oneOf('consistent-hashing', 'least-connections', 'round-robin', 'latency')
      .nullable()
      .default('round-robin'),
    hash_on: hashOn(),
    hash_fallback: hashOn(),
    hash_on_header: optional(headerName()),
    hash_fallback_header: optional(headerName()),
    hash_on_cookie: optional(t.checked(cookieNameProblem)),
    hash_on_cookie_path: t.path().nullable().default('/'),
    hash_on_query_arg: optional(text()),
    hash_fallback_query_arg: optional(text()),
    hash_on_uri_capture: optional(text()),
    hash_fallback_uri_capture: optional(text()),
    slots: integer(10, 2 ** 16)
      .nullable()
      .default(10000),
    healthchecks: filled({
      active: activeHealthchecks(),
      passive: passiveHealthchecks(),
      threshold: number(0, 100).nullable().default(0),
    }),
    tags: t.tags(),
    host_header: optional(t.hostWithOptionalPort()),
    client_certificate: optional(t.foreign('certificates', 'refuse')),
    use_srv_name: flag().nullable().default(false),
  }),
  shorthands: {
    algorithm: {
      field: z.string().min(1).nullable(),
      documented: true,
      expand: (value) =>
        value === 'least-connections' || value === 'latency'
          ? { algorithm: value, hash_on: 'none' }
          : { algorithm: value },
    },
    hash_on: {
      field: z.string().min(1).nullable(),
      documented: true,
      expand: (value) => {
        if (value === null) return { hash_on: 'none' }
        return { hash_on: value, algorithm: value === 'none' ? 'round-robin' : 'consistent-hashing' }
      },
    },
  },
  check,
}

function cookieNameProblem(name: string): string | null {
  if (!/[\x00-\x20\x7f()<>@,;:\\"/?={}[\]]/.test(name)) return null
  return (
    'contains one or more invalid characters. ASCII control characters (0-31;127), space, tab and the ' +
    'characters ()<>@,;:\\"/?={}[] are not allowed.'
  )
}

function nameProblem(name: string): string | null {
  const read = readHost(name)
  if (typeof read === 'string') return `Invalid name ('${name}'); must be a valid hostname`
  if (read.type !== 'name') return `Invalid name ('${name}'); no ip addresses allowed`
  return read.port === null ? null : `Invalid name ('${name}'); no port allowed`
}

/** Which input a hash needs, by what is hashed on; `fallback` fields where they differ. */
const HASH_INPUTS = [
  ['header', 'hash_on_header', 'hash_fallback_header'],
  ['cookie', 'hash_on_cookie', 'hash_on_cookie'],
  ['query_arg', 'hash_on_query_arg', 'hash_fallback_query_arg'],
  ['uri_capture', 'hash_on_uri_capture', 'hash_fallback_uri_capture'],
] as const

function check(values: Readonly<Values>, problems: Problems): void {
  for (const [input, first, second] of HASH_INPUTS) {
    for (const [condition, field] of [
      ['hash_on', first],
      ['hash_fallback', second],
    ] as const) {
      if (values[condition] !== input || !isEmpty(values[field])) continue
      problems[field] = REQUIRED
      addEntityProblem(problems, failedConditional(condition))
    }
    if (first !== second && !isEmpty(values[first]) && values[first] === values[second]) {
      addEntityProblem(problems, `values of these fields must be distinct: ${quoted([first, second])}`)
    }
  }
  const fallbacks = allowedFallbacks(String(values['hash_on']))
  if (fallbacks && !fallbacks.includes(String(values['hash_fallback']))) {
    problems['hash_fallback'] = `expected one of: ${fallbacks.join(', ')}`
    addEntityProblem(problems, failedConditional('hash_on'))
  }
}

function allowedFallbacks(hashOn: string): readonly string[] | null {
  if (hashOn === 'none' || hashOn === 'cookie') return ['none']
  if (hashOn === 'consumer') return ['none', 'ip', 'header', 'cookie', 'path', 'query_arg', 'uri_capture']
  if (hashOn === 'ip') return ['none', 'consumer', 'header', 'cookie', 'path', 'query_arg', 'uri_capture']
  if (hashOn === 'path') return ['none', 'consumer', 'header', 'cookie', 'query_arg', 'ip', 'uri_capture']
  return null
}
