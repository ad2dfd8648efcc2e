import { z } from 'zod'
import { flag, integer, list, oneOf, optional, record } from '../../../policy/fields.ts'
import { addEntityProblem, failedConditional, MUST_BE_NULL, type Problems } from '../schema/problems.ts'
import * as t from './field-types.ts'
import type { EntityKind, Values } from './kind.ts'

/** What a route forwards to. */
export const service: EntityKind = {
  name: 'services',
  path: 'services',
  nestedPath: 'services',
  endpointKey: 'name',
  uniqueTogether: [],
  expires: false,
  shape: record({
    id: t.id(),
    created_at: t.time(),
    updated_at: t.time(),
    name: optional(t.name()).describe('A name of its own, to be used in place of the id.'),
    retries: integer(0, 32767).nullable().default(5).describe('How often a failed request is sent again.'),
    protocol: oneOf(...t.PROTOCOLS).default('http'),
    host: t.host().describe('Host name, address, or the name of an upstream.'),
    port: t.port().default(80),
    path: optional(t.path()).describe('Put before the path of every request.'),
    connect_timeout: t.timeout().nullable().default(60000).describe('Milliseconds.'),
    write_timeout: t.timeout().nullable().default(60000).describe('Milliseconds.'),
    read_timeout: t.timeout().nullable().default(60000).describe('Milliseconds.'),
    tags: t.tags(),
    client_certificate: optional(t.foreign('certificates', 'refuse')),
    tls_verify: optional(flag()).describe("Check the upstream's certificate; null takes the gateway's default."),
    tls_verify_depth: optional(integer(0, 64)),
    ca_certificates: optional(list(t.id().meta({ auto: false }))),
    enabled: flag().default(true).describe('False takes its routes out of routing.'),
  }),
  shorthands: {
    url: { field: z.string().min(1).nullable(), expand: (url) => (url === null ? {} : partsOfUrl(String(url))) },
  },
  check(values, problems) {
    const protocol = String(values['protocol'])
    if (['tcp', 'tls', 'udp', 'grpc', 'grpcs'].includes(protocol)) requireNull(values, problems, 'path')
    if (['https', 'tls'].includes(protocol)) return
    for (const field of ['client_certificate', 'tls_verify', 'tls_verify_depth', 'ca_certificates']) {
      requireNull(values, problems, field)
    }
  },
}

function requireNull(values: Readonly<Values>, problems: Problems, field: string): void {
  if (values[field] === null || values[field] === undefined) return
  problems[field] = MUST_BE_NULL
  addEntityProblem(problems, failedConditional('protocol'))
}

/** RFC 3986's parts, read leniently: what is missing or odd is left to the checks of the fields. */
function partsOfUrl(url: string): Values {
  const [, scheme, rest = ''] = /^(?:([A-Za-z0-9][A-Za-z0-9+.-]*):)?(.*)$/s.exec(url.replace(/#.*$/s, ''))!
  const [, authority, tail = ''] = /^(?:\/\/([^/?]*))?(.*)$/s.exec(rest)!
  const hostPort = authority?.replace(/^[^@]*@/, '')
  const [, host, port] = /^(.*?)(?::([^:\]]*))?$/s.exec(hostPort ?? '')!
  const path = tail.replace(/[?;].*$/s, '')
  const number = port !== undefined && /^\d+$/.test(port) ? Number(port) : (port ?? null)
  const protocol = scheme ?? (number === 443 ? 'https' : 'http')
  return {
    protocol,
    host: host?.replace(/^\[(.*)\]$/, '$1') || null,
    port: number || (protocol === 'https' ? 443 : 80),
    path: path || null,
  }
}
