import { z } from 'zod'
import { integer, optional, set } from '../../../policy/fields.ts'
import { isAddressOrRange, readHost } from './host-name.ts'
import { pathProblem } from './path.ts'

/** A string with a check that says what is wrong, or null. */
export function checked(problem: (text: string) => string | null) {
  return z
    .string()
    .min(1)
    .superRefine((text, context) => {
      const message = text === '' ? null : problem(text)
      if (message !== null) context.addIssue({ code: 'custom', message })
    })
}

/** A foreign key: `{"id": "<uuid>"}`. The store refuses one that points at nothing. */
export const foreign = (kind: string, onDelete: 'cascade' | 'refuse') =>
  z.looseObject({ id: z.string() }).meta({ reference: kind, onDelete })

export const id = () => z.string().meta({ written: 'uuid', auto: true })
/** Seconds since the epoch. */
export const time = () =>
  z
    .int()
    .refine((at) => at > 0, 'expected a valid timestamp')
    .meta({ written: 's', auto: true })
/** Seconds since the epoch, with milliseconds behind the point. */
export const timeMs = () =>
  z
    .number()
    .refine((at) => at > 0, 'expected a valid timestamp')
    .meta({ written: 'ms', auto: true })

export const PROTOCOLS = ['grpc', 'grpcs', 'http', 'https', 'tcp', 'tls', 'tls_passthrough', 'udp'] as const
export const HTTP_PROTOCOLS = ['grpc', 'grpcs', 'http', 'https'] as const

const TAG = /^[ -+\-.0-~\u0080-\u{10ffff}]+$/u
export const tags = () =>
  optional(
    set(
      checked((tag) =>
        TAG.test(tag)
          ? null
          : `invalid tag '${tag}': expected printable ascii (except \`,\` and \`/\`) or valid utf-8 sequences`,
      ),
    ),
  ).describe('Labels that collections can be filtered by.')

const NAME = /^[A-Za-z0-9.\-_~\u0080-\u{10ffff}]+$/u
export const name = () =>
  checked((text) =>
    NAME.test(text)
      ? null
      : `invalid value '${text}': the only accepted ascii characters are alphanumerics or ., -, _, and ~`,
  ).meta({ unique: true })

export const host = () =>
  checked((text) => {
    const read = readHost(text)
    if (read === 'malformed') return `invalid value: ${text}`
    return read === 'port' || read.port !== null ? 'must not have a port' : null
  })

export const hostWithOptionalPort = () =>
  checked((text) => {
    const read = readHost(text)
    return typeof read === 'string' ? (read === 'port' ? 'invalid port number' : `invalid hostname: ${text}`) : null
  })

/** A server name: a host name, and with `wildcard` one that may start or end with `*`. */
export const serverName = (wildcard: boolean) =>
  checked((text) => {
    let plain = text
    if (wildcard && text.includes('*')) {
      const at = text.indexOf('*')
      if (at !== 0 && at !== text.length - 1) return 'wildcard must be leftmost or rightmost character'
      if (text.indexOf('*', at + 1) >= 0) return 'only one wildcard must be specified'
      plain = text.replace('*', 'wildcard')
    }
    const read = readHost(plain)
    if (read === 'malformed') return `invalid value: ${plain}`
    if (read !== 'port' && read.type !== 'name') return 'must not be an IP'
    return read === 'port' || read.port !== null ? 'must not have a port' : null
  })

export const path = () =>
  checked((text) => {
    if (!text.startsWith('/')) return 'should start with: /'
    return text.includes('//') ? 'must not have empty segments' : pathProblem(text)
  })

export const port = () => integer(0, 65535)
/** Milliseconds; never zero. */
export const timeout = () => integer(1, 2 ** 31 - 2)
export const addressOrRange = () =>
  checked((text) => (isAddressOrRange(text) ? null : `invalid ip or cidr range: '${text}'`))
