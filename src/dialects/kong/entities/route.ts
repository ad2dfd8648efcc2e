import { z } from 'zod'
import { checkExpression } from '../../../base/expression.ts'
import { flag, headerName, integer, list, map, oneOf, optional, record, set, text } from '../../../policy/fields.ts'
import { addEntityProblem, atLeastOneOf, type Problems, quoted, REQUIRED } from '../schema/problems.ts'
import * as t from './field-types.ts'
import { readHost } from './host-name.ts'
import { type EntityKind, isEmpty, type Values } from './kind.ts'
import { encodingProblem, hasPathCharacters, normalizedPath } from './path.ts'

type Family = 'http' | 'grpc' | 'stream'
function familyOf(protocol: unknown): Family {
  if (protocol === 'http' || protocol === 'https') return 'http'
  return protocol === 'grpc' || protocol === 'grpcs' ? 'grpc' : 'stream'
}

/** The same fields for every protocol; what makes no sense for it may only be null. */
function shapeOf(family: Family) {
  const not = <F extends z.ZodType>(field: F, name: string, ...families: Family[]) =>
    families.includes(family) ? field.meta({ mustBeNull: cannotSet(name, family) }) : field
  return record({
    id: t.id(),
    created_at: t.time(),
    updated_at: t.time(),
    name: optional(t.name()).describe('A name of its own, to be used in place of the id.'),
    protocols: protocols().default(['http', 'https']),
    https_redirect_status_code: z.literal([426, 301, 302, 307, 308]).default(426),
    strip_path: stripPath(family),
    preserve_host: flag().default(false).describe("Send the client's Host header to the service."),
    request_buffering: flag().default(true),
    response_buffering: flag().default(true),
    tags: t.tags(),
    service: optional(t.foreign('services', 'refuse')),
    snis: optional(set(t.serverName(true))),
    sources: not(optional(set(address())), 'sources', 'http', 'grpc'),
    destinations: not(optional(set(address())), 'destinations', 'http', 'grpc'),
    methods: not(optional(set(method())), 'methods', 'grpc', 'stream'),
    hosts: not(optional(list(hostPattern())), 'hosts', 'stream'),
    paths: not(optional(list(pathPattern())), 'paths', 'stream'),
    headers: not(optional(headers()), 'headers', 'stream'),
    regex_priority: integer().nullable().default(0),
    path_handling: oneOf('v0', 'v1').nullable().default('v0'),
  })
}

function cannotSet(name: string, family: Family): string {
  const protocols = {
    http: "'http' or 'https'",
    grpc: "'grpc' or 'grpcs'",
    stream: "'tcp', 'tls', 'tls_passthrough' or 'udp'",
  }
  return `cannot set '${name}' when 'protocols' is ${protocols[family]}`
}

function stripPath(family: Family) {
  if (family !== 'grpc') return flag().default(true).describe('Cut the matched prefix off the path that is forwarded.')
  return flag()
    .refine((strip) => !strip, cannotSet('strip_path', 'grpc'))
    .default(false)
}

const SUBSETS = [['http', 'https'], ['tcp', 'tls', 'udp'], ['tls_passthrough'], ['grpc', 'grpcs']]

function protocols() {
  return set(oneOf(...t.PROTOCOLS))
    .min(1)
    .superRefine((given, context) => {
      const used = [...new Set(given.map((each) => SUBSETS.find((subset) => subset.includes(each))!))]
      if (used.length < 2) return
      const message = `these sets are mutually exclusive: ${used.map((subset) => `(${quoted(subset)})`).join(', ')}`
      context.addIssue({ code: 'custom', message })
    })
    .meta({ set: true })
}

const method = () =>
  z
    .string()
    .min(1)
    .refine((name) => /^[A-Z]+$/.test(name), { error: (issue) => `invalid value: ${issue.input}` })

const address = () =>
  record({ ip: optional(t.addressOrRange()), port: optional(t.port()) }).superRefine(({ ip, port }, context) => {
    if (ip === null && port === null) context.addIssue({ code: 'custom', message: atLeastOneOf(['ip', 'port']) })
  })

const hostPattern = () =>
  t.checked((host) => {
    if (host.split('*').length > 2) return 'invalid wildcard: must have at most one wildcard'
    if (host.includes('*') && !host.startsWith('*.') && !host.endsWith('.*')) {
      return 'invalid wildcard: must be placed at leftmost or rightmost label'
    }
    const read = readHost(host.replaceAll('*', 'abc'))
    if (read === 'port') return 'invalid port number'
    return read === 'malformed' ? `invalid hostname: ${host.replaceAll('*', 'abc')}` : null
  })

const pathPattern = () =>
  t.checked((path) => {
    if (!path.startsWith('/') && !path.startsWith('~/')) {
      return 'should start with: / (fixed path) or ~/ (regex path)'
    }
    if (path.includes('//')) return 'must not have empty segments'
    if (path.startsWith('~')) return regexProblem(path.slice(1))
    // Characters outside of the allowed ones are told by the normal form, which encodes them.
    if (hasPathCharacters(path) && encodingProblem(path)) return encodingProblem(path)
    const normal = normalizedPath(path)
    return normal === path ? null : `non-normalized path, consider use '${normal}' instead`
  })

/** Kong's first look at an expression: whether it is one at all. */
function regexProblem(expression: string): string | null {
  const problem = checkExpression(expression)
  if (problem === null) return null
  try {
    // What we only cannot run in linear time is told of the whole route, as Kong's router does.
    new RegExp(expression)
    return null
  } catch {
    return `invalid regex: '${expression}' (PCRE returned: ${problem})`
  }
}

const headers = () =>
  map(list(text())).superRefine((given, context) => {
    for (const name of Object.keys(given)) {
      const problem = headerName().safeParse(name).error?.issues[0]?.message ?? hostHeaderProblem(name)
      if (problem) return context.addIssue({ code: 'custom', message: problem })
    }
  })

function hostHeaderProblem(name: string): string | null {
  if (name.toLowerCase() !== 'host') return null
  return "cannot contain 'host' header, which must be specified in the 'hosts' attribute"
}

const SHAPES = { http: shapeOf('http'), grpc: shapeOf('grpc'), stream: shapeOf('stream') }

/** Which requests are taken, and by which service they are answered. */
export const route: EntityKind = {
  name: 'routes',
  path: 'routes',
  nestedPath: 'routes',
  endpointKey: 'name',
  uniqueTogether: [],
  expires: false,
  shape: SHAPES.http,
  shapeFor(values) {
    const protocols = values['protocols']
    if (protocols === undefined) return { shape: SHAPES.http }
    if (protocols === null) return { problems: { protocols: REQUIRED } }
    const named = Array.isArray(protocols) ? protocols : [protocols]
    if (named.length === 0) return { problems: { protocols: 'length must be at least 1' } }
    const first = named.find((each) => t.PROTOCOLS.includes(each))
    if (first === undefined) return { problems: { protocols: `unknown type: ${String(named[0])}` } }
    return { shape: SHAPES[familyOf(first)] }
  },
  check,
}

const TLS = ['grpcs', 'https', 'tls', 'tls_passthrough']

function check(values: Readonly<Values>, problems: Problems): void {
  const given = values['protocols']
  if (!Array.isArray(given)) return
  if (!given.some((each) => TLS.includes(each)) && !isEmpty(values['snis'])) {
    problems['snis'] ??= 'length must be 0'
    addEntityProblem(
      problems,
      "'snis' can only be set when 'protocols' is 'grpcs', 'https', 'tls' or 'tls_passthrough'",
    )
  }
  checkExpressions(values, problems)
  checkMatches(given, values, problems)
}

const UNFIT = 'Router Expression failed validation: '

/** Expressions must run in linear time: look-around and back-references cannot. */
function checkExpressions(values: Readonly<Values>, problems: Problems): void {
  if (Object.keys(problems).length > 0) return
  const paths = Array.isArray(values['paths']) ? values['paths'] : []
  const ofHeaders = Object.values(values['headers'] ?? {}).flat()
  const expressions = [
    ...paths.filter((path) => String(path).startsWith('~')).map((path) => String(path).slice(1)),
    ...ofHeaders.filter((value) => String(value).startsWith('~*')).map((value) => String(value).slice(2)),
  ]
  const empty = Object.entries(values['headers'] ?? {}).find(([, each]) => isEmpty(each))
  if (empty) addEntityProblem(problems, `${UNFIT}header '${empty[0]}' has no values`)
  for (const expression of expressions) {
    const problem = checkExpression(expression)
    if (problem) return addEntityProblem(problems, `${UNFIT}regex '${expression}': ${problem}`)
  }
}

/** A route must match by something that its protocols have. */
function checkMatches(given: readonly unknown[], values: Readonly<Values>, problems: Problems): void {
  const need = (fields: string[], sentence: (names: string) => string) => {
    if (fields.every((field) => isEmpty(values[field]))) addEntityProblem(problems, sentence(quoted(fields)))
  }
  const whenIs = (protocol: string) => (names: string) => `must set one of ${names} when 'protocols' is ${protocol}`
  const first = familyOf(given[0])
  if (first === 'http') {
    if (given.includes('https')) need(['methods', 'hosts', 'headers', 'paths', 'snis'], whenIs("'https'"))
    else need(['methods', 'hosts', 'headers', 'paths'], whenIs("'http'"))
  } else if (first === 'grpc') {
    if (given.includes('grpcs')) need(['hosts', 'headers', 'paths', 'snis'], whenIs("'grpcs'"))
    else need(['hosts', 'headers', 'paths'], whenIs("'grpc'"))
  } else if (given.includes('tls_passthrough')) {
    need(['snis'], () => "must set snis when 'protocols' is 'tls_passthrough'")
  } else need(['sources', 'destinations', 'snis'], whenIs("'tcp', 'tls' or 'udp'"))
}
