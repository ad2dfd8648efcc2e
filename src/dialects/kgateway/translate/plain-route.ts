import type { RouteSpec, SegmentMatch } from '../../../model/model.ts'

/** What all of kgateway's routes have in common: none refuses a protocol, cuts its path or looks at a service's. */
export const PLAIN_ROUTE = {
  serviceId: null,
  protocols: ['http', 'https', 'grpc', 'grpcs'],
  httpsRedirectStatus: 426,
  stripPath: false,
  pathHandling: 'v0',
  preserveHost: true,
} as const satisfies Partial<RouteSpec>

/** Matches every request to a host that comes in by a socket. @param host null for any. */
export function everyRequest(socket: string, host: string | null, rank: number): SegmentMatch {
  return {
    listener: socket,
    host,
    path: { kind: 'prefix', value: '' },
    method: null,
    headers: [],
    query: [],
    order: { rank, tie: '' },
  }
}
