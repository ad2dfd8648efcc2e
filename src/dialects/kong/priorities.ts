import type { AnyPolicy, Phase } from '../../policy/policy.ts'

/**
 * Where each plugin runs: the larger number first, equal numbers by name, descending. Facts of Kong's handlers; the last
 * two are policies of ours, placed behind those that find the caller.
 */
const PRIORITIES: Readonly<Record<string, number>> = {
  'pre-function': 1_000_000,
  'correlation-id': 100_001,
  zipkin: 100_000,
  'bot-detection': 2500,
  cors: 2000,
  'jwe-decrypt': 1999,
  session: 1900,
  acme: 1705,
  'oauth2-introspection': 1700,
  'mtls-auth': 1600,
  jwt: 1450,
  oauth2: 1400,
  'vault-auth': 1350,
  'key-auth': 1250,
  'key-auth-enc': 1250,
  'ldap-auth': 1200,
  'ldap-auth-advanced': 1200,
  'basic-auth': 1100,
  'openid-connect': 1050,
  'hmac-auth': 1030,
  'jwt-signer': 1020,
  saml: 1010,
  'header-cert-auth': 1009,
  'request-validator': 999,
  'grpc-gateway': 998,
  'ip-restriction': 990,
  'request-size-limiting': 951,
  acl: 950,
  opa: 920,
  'rate-limiting': 910,
  'response-ratelimiting': 900,
  'request-transformer': 801,
  'response-transformer': 800,
  redirect: 779,
  'upstream-oauth': 760,
  'standard-webhooks': 760,
  'aws-lambda': 750,
  'proxy-cache': 100,
  opentelemetry: 14,
  prometheus: 13,
  'http-log': 12,
  statsd: 11,
  datadog: 10,
  'file-log': 9,
  'udp-log': 8,
  'tcp-log': 7,
  loggly: 6,
  syslog: 4,
  'grpc-web': 3,
  'request-termination': 2,
  'post-function': -1000,
  'require-claims': 949,
  'claims-to-headers': 940,
}

/**
 * Where policies of users' own run that declare no number: those that find the caller behind all that come with the
 * gateway, those that judge him behind `acl`, those that tell services of him behind `claims-to-headers`.
 */
const BY_PHASE: Readonly<Record<Phase, number>> = { guard: 1950, identify: 1005, authorize: 945, shape: 935, record: 5 }

/** The number of a plugin; 0 for one that nobody knows. */
export function priorityOf(plugin: string, policy?: AnyPolicy): number {
  if (Object.hasOwn(PRIORITIES, plugin)) return PRIORITIES[plugin]!
  return policy === undefined ? 0 : (policy.priority ?? BY_PHASE[policy.phase])
}
