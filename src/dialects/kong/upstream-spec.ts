import type { ActiveChecks, Algorithm, HashInput, HealthLimits, HealthSpec, UpstreamSpec } from '../../model/model.ts'
import { hostAndPort, idOf, textOrNull, type Values } from './entity-specs.ts'

/** A stored upstream as the model has it. @param targets stored too. */
export function upstreamSpec(id: string, json: Values, targets: readonly Values[]): UpstreamSpec {
  return {
    id,
    name: String(json['name']),
    hostHeader: textOrNull(json['host_header']),
    certificateId: idOf(json['client_certificate']),
    algorithm: algorithm(json),
    health: health((json['healthchecks'] ?? {}) as Values),
    targets: targets.map((target) => ({
      ...hostAndPort(String(target['target'])),
      weight: Number(target['weight'] ?? 100),
    })),
  }
}

function algorithm(json: Values): Algorithm {
  const kind = (json['algorithm'] ?? 'round-robin') as Algorithm['kind']
  if (kind !== 'consistent-hashing') return { kind }
  return {
    kind,
    hash: hashInput(json, 'hash_on'),
    fallback: hashInput(json, 'hash_fallback'),
    slots: Number(json['slots'] ?? 10_000),
  }
}

function hashInput(json: Values, field: 'hash_on' | 'hash_fallback'): HashInput {
  const on = (json[field] ?? 'none') as HashInput['on']
  switch (on) {
    case 'header':
    case 'query_arg':
    case 'uri_capture':
      return { on, name: String(json[`${field}_${on}`]) }
    case 'cookie':
      // Both share the fields of the first.
      return { on, name: String(json['hash_on_cookie']), path: textOrNull(json['hash_on_cookie_path']) ?? '/' }
    case 'none':
    case 'consumer':
    case 'ip':
    case 'path':
      return { on }
  }
}

function health(json: Values): HealthSpec {
  return {
    active: activeChecks((json['active'] ?? {}) as Values),
    passive: limits((json['passive'] ?? {}) as Values),
    threshold: Number(json['threshold'] ?? 0),
  }
}

function activeChecks(json: Values): ActiveChecks {
  const [healthy, unhealthy] = [part(json, 'healthy'), part(json, 'unhealthy')]
  return {
    ...limits(json),
    type: (json['type'] ?? 'http') as ActiveChecks['type'],
    timeout: milliseconds(json['timeout'] ?? 1),
    concurrency: Number(json['concurrency'] ?? 10),
    path: textOrNull(json['http_path']) ?? '/',
    headers: (json['headers'] ?? {}) as ActiveChecks['headers'],
    sni: textOrNull(json['https_sni']),
    verify: json['https_verify_certificate'] !== false,
    healthyInterval: milliseconds(healthy['interval']),
    unhealthyInterval: milliseconds(unhealthy['interval']),
  }
}

function limits(json: Values): HealthLimits {
  const [healthy, unhealthy] = [part(json, 'healthy'), part(json, 'unhealthy')]
  return {
    healthyStatuses: (healthy['http_statuses'] ?? []) as number[],
    unhealthyStatuses: (unhealthy['http_statuses'] ?? []) as number[],
    successes: Number(healthy['successes'] ?? 0),
    tcpFailures: Number(unhealthy['tcp_failures'] ?? 0),
    timeouts: Number(unhealthy['timeouts'] ?? 0),
    httpFailures: Number(unhealthy['http_failures'] ?? 0),
  }
}

function part(json: Values, name: string): Values {
  return (json[name] ?? {}) as Values
}

function milliseconds(seconds: unknown): number {
  return Math.round(Number(seconds ?? 0) * 1000)
}
