import type { CredentialSpec, RouteSpec, ServiceSpec } from '../../model/model.ts'
import type { EntityDefinition } from '../../policy/policy.ts'
import { type RouteCriteria, routeMatches } from './route-matches.ts'
import { fieldOf } from './schema/field.ts'
import { referencesIn } from './schema/references.ts'

/** A stored entity: validated, every field present. */
export type Values = Readonly<Record<string, unknown>>

export const HTTP: ReadonlySet<unknown> = new Set(['http', 'https', 'grpc', 'grpcs'])

/** A stored route as the model has it. */
export function routeSpec(id: string, json: Values): RouteSpec {
  const protocols = strings(json['protocols']).filter((protocol) => HTTP.has(protocol))
  return {
    id,
    name: textOrNull(json['name']),
    serviceId: idOf(json['service']),
    // A route for streams takes no HTTP request.
    matches: protocols.length === 0 ? [] : routeMatches(json as RouteCriteria),
    protocols,
    httpsRedirectStatus: (json['https_redirect_status_code'] ?? 426) as RouteSpec['httpsRedirectStatus'],
    stripPath: json['strip_path'] !== false,
    pathHandling: json['path_handling'] === 'v1' ? 'v1' : 'v0',
    preserveHost: json['preserve_host'] === true,
    shown: json,
  }
}

/** @param authorities certificates in PEM by id, for those that the service names. */
export function serviceSpec(id: string, json: Values, authorities: ReadonlyMap<string, string>): ServiceSpec {
  const cas = strings(json['ca_certificates']).flatMap((ca) => authorities.get(ca) ?? [])
  return {
    id,
    name: textOrNull(json['name']),
    protocol: json['protocol'] as ServiceSpec['protocol'],
    host: String(json['host']),
    port: Number(json['port'] ?? 80),
    path: textOrNull(json['path']),
    connectTimeout: Number(json['connect_timeout'] ?? 60_000),
    writeTimeout: Number(json['write_timeout'] ?? 60_000),
    readTimeout: Number(json['read_timeout'] ?? 60_000),
    retries: Number(json['retries'] ?? 5),
    tls: { verify: json['tls_verify'] === true, ca: cas, certificateId: idOf(json['client_certificate']) },
    enabled: json['enabled'] !== false,
    shown: json,
  }
}

/** Only the fields that the policy declares are handed on: no id, times or tags. */
export function credentialSpec(
  { kind, lookup, secondLookup, parent, schema }: EntityDefinition,
  id: string,
  json: Values,
  expiresAt: number | null,
): CredentialSpec {
  const parentId = parent === undefined ? null : idOf(json[parent])
  const secondKey = secondLookup === undefined ? null : textOrNull(json[secondLookup])
  const fields = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, json[name] ?? null]))
  const spec: CredentialSpec = {
    ...{ id, kind, consumerId: idOf(json['consumer']), key: lookup === null ? null : textOrNull(json[lookup]) },
    ...(parentId !== null && { parentId }),
    ...(secondKey !== null && { secondKey }),
    ...{ fields, expiresAt },
  }
  const found = referencesIn(fieldOf(schema), fields, ['fields'])
  if (found.length === 0) return spec
  // What it is looked up by stands in two places.
  const asKeys = found.flatMap(({ path, text }) => {
    if (path.length !== 2) return []
    return path[1] === lookup
      ? [{ path: ['key'], text }]
      : path[1] === secondLookup
        ? [{ path: ['secondKey'], text }]
        : []
  })
  return { ...spec, references: [...found, ...asKeys] }
}

/** `host:port` as stored; IPv6 addresses are in brackets there. */
export function hostAndPort(target: string): { host: string; port: number } {
  const colon = target.lastIndexOf(':')
  return { host: target.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(target.slice(colon + 1)) }
}

/** The id in a foreign key. */
export function idOf(reference: unknown): string | null {
  if (typeof reference !== 'object' || reference === null || !('id' in reference)) return null
  return typeof reference.id === 'string' ? reference.id : null
}

export function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}

export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}
