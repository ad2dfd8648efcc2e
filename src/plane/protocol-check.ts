import type { RouteSpec } from '../model/model.ts'
import type { Reason, RefusalDetail } from '../policy/reason.ts'
import type { HttpExchange } from './exchange.ts'
import { role } from './http1/header-roles.ts'
import { reasons } from './reasons.ts'

/** A route may be reserved for TLS or for gRPC; that is not part of matching, so it is looked at afterwards. */
export function protocolRefusal(
  spec: RouteSpec,
  exchange: HttpExchange,
): { readonly reason: Reason; readonly detail: RefusalDetail } | null {
  const protocols = spec.protocols
  const grpcOnly = !protocols.includes('http') && !protocols.includes('https')
  if (!protocols.includes('http') && !protocols.includes('grpc') && !isSecure(exchange)) {
    const status = spec.httpsRedirectStatus
    return { reason: { ...reasons.httpsRequired, status }, detail: {} }
  }
  if (!grpcOnly) return null
  if (!exchange.facts.http2) return { reason: reasons.http2Required, detail: {} }
  if (!(exchange.header('content-type') ?? '').startsWith('application/grpc'))
    return { reason: reasons.notGrpc, detail: {} }
  return null
}

/** TLS ends here, or at a proxy that is trusted to say so. */
function isSecure(exchange: HttpExchange): boolean {
  if (exchange.scheme === 'https') return true
  if (!exchange.facts.trusted) return false
  const at = exchange.head.firstWithRole(role.forwardedProto)
  return at >= 0 && exchange.head.valueAt(at).toLowerCase() === 'https'
}
