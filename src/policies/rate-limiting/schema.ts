import { z } from 'zod'
import { flag, headerName, integer, number, oneOf, optional, record, text } from '../../policy/fields.ts'
import { PERIODS } from './periods.ts'

const limit = (period: string) =>
  optional(z.number().gt(0)).describe(`Requests that a caller may make in one ${period}.`)

const redis = record({
  host: optional(text()).describe('Host of the Redis server.'),
  port: integer(0, 65535).default(6379).describe('Port of the Redis server.'),
  username: optional(text().meta({ referenceable: true })).describe('User of the Redis server.'),
  password: optional(text().meta({ referenceable: true, secret: true })).describe('Password of the Redis server.'),
  database: z.int().default(0).describe('Number of the database.'),
  timeout: integer(0, 2 ** 31 - 2)
    .default(2000)
    .describe('Milliseconds to wait for the Redis server.'),
  ssl: flag().default(false).describe('Speak TLS.'),
  ssl_verify: flag().default(false).describe("Check the server's certificate."),
  server_name: optional(text()).describe('Server name asked for in TLS.'),
})

/** As configurations of older versions spell it, flat. */
const flatRedis = () => {
  const older = <T extends z.ZodType>(name: keyof typeof redis.shape, field: T) =>
    optional(field)
      .meta({ standsFor: ['redis', name] })
      .describe('Older spelling of a field of `redis`.')
  return {
    redis_host: older('host', text()),
    redis_port: older('port', integer(0, 65535)),
    redis_username: older('username', text()),
    redis_password: older('password', z.string().meta({ secret: true })),
    redis_database: older('database', z.int()),
    redis_timeout: older('timeout', z.number()),
    redis_ssl: older('ssl', flag()),
    redis_ssl_verify: older('ssl_verify', flag()),
    redis_server_name: older('server_name', text()),
  }
}

export const config = record({
  second: limit('second'),
  minute: limit('minute'),
  hour: limit('hour'),
  day: limit('day'),
  month: limit('month'),
  year: limit('year'),
  limit_by: oneOf('consumer', 'credential', 'ip', 'service', 'header', 'path')
    .default('consumer')
    .describe('Whose requests are counted together; who can’t be told by it is counted by address.'),
  header_name: optional(headerName()).describe('The header that names the caller, for `limit_by: header`.'),
  path: optional(text().refine((path) => path.startsWith('/'), 'should start with: /')).describe(
    'The path whose requests are counted together, for `limit_by: path`.',
  ),
  policy: oneOf('local', 'cluster', 'redis').default('local').describe('Where counts are kept: `local`, in memory.'),
  fault_tolerant: flag()
    .default(true)
    .describe('Let requests pass when counts can’t be reached; local ones always can.'),
  redis: redis.default(() => redis.parse({})).describe('The Redis server of `policy: redis`.'),
  ...flatRedis(),
  hide_client_headers: flag().default(false).describe('Do not tell the caller the limits and what is left of them.'),
  error_code: z.number().gt(0).default(429).describe('Status of a refusal.'),
  error_message: text().default('API rate limit exceeded').describe('Message of a refusal.'),
  sync_rate: number().default(-1).describe('Seconds between two exchanges with Redis; -1: at every request.'),
})
export type Config = z.infer<typeof config>

/** Limits that contradict each other, and what this gateway does not do, are refused when they are written. */
export function check(given: Config): Record<string, string | string[]> {
  const set = PERIODS.filter((period) => given[period] !== null)
  if (set.length === 0) {
    const names = PERIODS.map((period) => `'config.${period}'`).join(', ')
    return { '@entity': [`at least one of these fields must be non-empty: ${names}`] }
  }
  for (const [at, shorter] of set.entries()) {
    for (const longer of set.slice(at + 1)) {
      const [less, more] = [given[longer]!, given[shorter]!]
      if (less >= more) continue
      const limits = `${longer}(${less.toFixed(1)}) cannot be lower than the limit for ${shorter}(${more.toFixed(1)})`
      return { '@entity': [`The limit for ${limits}`] }
    }
  }
  for (const [limitBy, field] of [['header', 'header_name'] as const, ['path', 'path'] as const]) {
    if (given.limit_by !== limitBy || given[field] !== null) continue
    const entity = ["failed conditional validation given the value of field 'config.limit_by'"]
    return { '@entity': entity, [field]: 'required field missing' }
  }
  if (given.policy !== 'local')
    return { policy: `'${given.policy}' is not supported: use 'local', which counts in memory` }
  const { error_code: status } = given
  if (!Number.isInteger(status) || status < 200 || status > 599)
    return { error_code: 'expected a status from 200 to 599' }
  return {}
}
