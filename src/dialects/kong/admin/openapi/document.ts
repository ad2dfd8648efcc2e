import type { AnyPolicy } from '../../../../policy/policy.ts'
import type { EntityKind } from '../../entities/kind.ts'
import { fieldOf } from '../../schema/field.ts'
import { kongVersion } from '../../version.ts'
import type { Endpoint, Method } from '../endpoint.ts'
import { fieldSchema, type JsonSchema } from './json-schema.ts'

const FORMS = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data']

/** The Admin API as an OpenAPI 3.1 document: derived from its endpoints, its kinds of entities and its policies. */
export function openApiDocument(
  endpoints: readonly Endpoint[],
  kinds: ReadonlyMap<string, EntityKind>,
  policies: readonly AnyPolicy[],
): Record<string, unknown> {
  const byPath = new Map(endpoints.map((endpoint) => [shownPath(endpoint.path), endpoint]))
  const paths = [...byPath.keys()].sort()
  return {
    openapi: '3.1.0',
    info: {
      title: 'Admin API',
      version: kongVersion,
      description: "Reads and writes what the gateway serves, as Kong's Admin API does.",
    },
    // Nobody is asked on loopback, unless tokens or client certificates are set.
    security: [{}, { token: [] }, { bearer: [] }, { certificate: [] }],
    paths: Object.fromEntries(paths.map((path) => [path, pathItem(path, byPath.get(path)!)])),
    components: {
      schemas: { ...entitySchemas(kinds, policies), error: ERROR },
      responses: { error: { description: 'It was refused; nothing changed.', content: json(ref('error')) } },
      securitySchemes: {
        token: { type: 'apiKey', in: 'header', name: 'Kong-Admin-Token' },
        bearer: { type: 'http', scheme: 'bearer' },
        certificate: { type: 'mutualTLS' },
      },
    },
  }
}

/** `/services/:services` as documents write it. */
export function shownPath(path: string): string {
  return path.replace(/:([^/]+)/g, '{$1}')
}

const ERROR: JsonSchema = {
  type: 'object',
  properties: {
    message: { type: 'string' },
    code: { type: 'integer', description: 'Which sort of problem it is.' },
    name: { type: 'string', description: 'The same in words.' },
    fields: { type: 'object', description: 'Problems by field, nested as the entity is.' },
  },
  required: ['message'],
}

const ref = (name: string): JsonSchema => ({ $ref: `#/components/schemas/${name}` })
const json = (schema: JsonSchema) => ({ 'application/json': { schema } })

function pathItem(path: string, endpoint: Endpoint): Record<string, unknown> {
  const params = Array.from(path.matchAll(/\{([^}]+)\}/g), ([, name]) => ({
    ...{ name, in: 'path', required: true, schema: { type: 'string' } },
  }))
  const methods = Object.keys(endpoint.methods).sort() as Method[]
  return {
    ...(params.length > 0 ? { parameters: params } : {}),
    ...Object.fromEntries(methods.map((method) => [method.toLowerCase(), operation(path, method, endpoint)])),
  }
}

function operation(path: string, method: Method, { about, query = [], takesYaml }: Endpoint): Record<string, unknown> {
  const names = method === 'GET' && about?.many ? ['size', 'offset', 'tags', ...query] : query
  const writes = method === 'POST' || method === 'PUT' || method === 'PATCH'
  const types = takesYaml ? [...FORMS, 'application/yaml', 'text/yaml'] : FORMS
  const body = about === undefined ? { type: 'object' } : ref(method === 'PATCH' ? `${about.kind}_change` : about.kind)
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^A-Za-z0-9]+/g, '_')}`.replace(/_$/, ''),
    ...(about === undefined ? {} : { tags: [about.kind] }),
    ...(names.length > 0 ? { parameters: names.map(queryParameter) } : {}),
    ...(writes
      ? { requestBody: { content: Object.fromEntries(types.map((type) => [type, { schema: bodyFor(type, body) }])) } }
      : {}),
    responses: { ...good(method, about), default: { $ref: '#/components/responses/error' } },
  }
}

/** YAML comes as text. */
function bodyFor(type: string, schema: JsonSchema): JsonSchema {
  return type.endsWith('/yaml') ? { type: 'string' } : schema
}

function queryParameter(name: string) {
  return { name, in: 'query', schema: { type: name === 'size' ? 'integer' : 'string' } }
}

function good(method: Method, about: Endpoint['about']): Record<string, unknown> {
  if (about === undefined) return { '2XX': { description: 'Done.' } }
  if (method === 'DELETE') return { '204': { description: 'It is gone.' } }
  if (method === 'POST') return { '201': { description: 'It was made.', content: json(ref(about.kind)) } }
  return { '200': { description: 'As it stands.', content: json(about.many ? page(about.kind) : ref(about.kind)) } }
}

function page(kind: string): JsonSchema {
  return {
    type: 'object',
    properties: {
      data: { type: 'array', items: ref(kind) },
      next: { type: ['string', 'null'], description: 'The path of the next page.' },
      offset: { type: 'string', description: 'Where the next page begins; absent on the last.' },
    },
    required: ['data', 'next'],
  }
}

/** A schema for each kind, one for changes of it, and one for the config of each policy. */
function entitySchemas(
  kinds: ReadonlyMap<string, EntityKind>,
  policies: readonly AnyPolicy[],
): Record<string, JsonSchema> {
  const schemas: Record<string, JsonSchema> = {}
  const configs = policies.map(({ name, config, summary }) => {
    schemas[`config.${name}`] = { ...fieldSchema(fieldOf(config), true), description: summary }
    return ref(`config.${name}`)
  })
  for (const kind of kinds.values()) {
    for (const [name, partial] of [
      [kind.name, false],
      [`${kind.name}_change`, true],
    ] as const) {
      const schema = fieldSchema(fieldOf(kind.shape), partial)
      const { properties, required, ...rest } = schema as { properties: object; required?: readonly string[] }
      const ttl = kind.expires ? { ttl: { type: ['integer', 'null'], description: 'Seconds until it goes.' } } : {}
      const shorthands = Object.entries(kind.shorthands ?? {}).map(([field, { field: type }]) => [
        field,
        { ...fieldSchema(fieldOf(type)), writeOnly: true },
      ])
      const more = { ...ttl, ...Object.fromEntries(shorthands) }
      const config = kind.name === 'plugins' && configs.length > 0 ? { config: { anyOf: configs } } : {}
      // What a shorthand stands for may be left out where the shorthand is given.
      const needed = shorthands.length > 0 ? [] : (required ?? [])
      schemas[name] = {
        ...rest,
        ...(needed.length > 0 ? { required: needed } : {}),
        properties: { ...properties, ...more, ...config },
      }
    }
  }
  return schemas
}
