import type { Exchange } from '../../policy/exchange.ts'

/** What the `echo` answer tells: the request and where it was going. The caller's headers are not repeated to it. */
export function echoed(exchange: Exchange, message: string | undefined): object {
  const { id, scheme, host, method, path, query, route } = exchange
  return {
    message,
    request: { id, scheme, host, method, path, query },
    matched_route: route === null ? null : { id: route.id, name: route.name },
    matched_service: route?.service ? { id: route.service.id, name: route.service.name } : null,
  }
}
