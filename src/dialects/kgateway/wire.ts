import { dashedId } from '../../base/dashed-id.ts'
import { headerBlock } from '../../base/header-block.ts'
import type { Wire } from '../../policy/wire.ts'
import { envoyRefusal } from './refusals.ts'

const NOBODY = headerBlock([])

/**
 * Envoy on the wire, as kgateway configures it: its name in Server, no Via, a request id towards services only. Who is
 * calling is told by the headers that providers name, and by no others.
 */
export const kgatewayWire: Wire = {
  requestNames: ['x-request-id', 'x-envoy-external-address', 'x-envoy-expected-rq-timeout-ms'],
  answerNames: ['x-envoy-upstream-service-time'],
  forwarded: 'for-and-proto',
  // What Envoy itself believes in such headers it takes from nobody outside.
  identityHeaders: [
    'x-envoy-attempt-count',
    'x-envoy-decorator-operation',
    'x-envoy-downstream-service-cluster',
    'x-envoy-downstream-service-node',
    'x-envoy-force-trace',
    'x-envoy-hedge-on-per-try-timeout',
    'x-envoy-internal',
    'x-envoy-ip-tags',
    'x-envoy-max-retries',
    'x-envoy-original-host',
    'x-envoy-original-path',
    'x-envoy-original-url',
    'x-envoy-retriable-header-names',
    'x-envoy-retriable-status-codes',
    'x-envoy-retry-grpc-on',
    'x-envoy-retry-on',
    'x-envoy-upstream-alt-stat-name',
    'x-envoy-upstream-rq-per-try-timeout-ms',
    'x-envoy-upstream-rq-timeout-alt-response',
    'x-envoy-upstream-rq-timeout-ms',
    // whose certificate a proxy in front has seen: anybody could say that
    'x-forwarded-client-cert',
    'x-envoy-auth-failure-mode-allowed',
    'x-envoy-auth-partial-body',
  ],
  signRequest: ({ id, clientIp, timeoutMs }) =>
    `x-request-id: ${dashedId(id)}\r\nx-envoy-external-address: ${clientIp}\r\n` +
    (timeoutMs === null ? '' : `x-envoy-expected-rq-timeout-ms: ${timeoutMs}\r\n`),
  signOwn: () => SERVER,
  signRelayed: ({ upstreamMs }) => `${SERVER}x-envoy-upstream-service-time: ${upstreamMs}\r\n`,
  refuse: envoyRefusal,
  handOver: () => NOBODY,
}

const SERVER = 'server: envoy\r\n'

/** How long Envoy lets a service take where the route says nothing. */
export const ROUTE_TIMEOUT_MS = 15_000
