import type { Exchange } from '../../policy/exchange.ts'
import { type Failure, reasons } from './reasons.ts'

/**
 * Secrets may only come by TLS (RFC 6749 §3.1, §3.2): to us, or to a trusted proxy that says so.
 *
 * @returns what is wrong, or null.
 */
export function insecure(exchange: Exchange, acceptsTerminated: boolean): Failure | null {
  if (exchange.scheme === 'https') return null
  if (!acceptsTerminated || !exchange.peerTrusted) return reasons.notHttps
  const said = exchange.headerValues('x-forwarded-proto')
  if (said.length > 1) return reasons.severalProtos
  return said[0]?.toLowerCase() === 'https' ? null : reasons.notHttps
}
