import type { Address } from '../plane/plane.ts'
import type { GatewaySettings } from './settings.ts'

interface Ports {
  readonly httpPort: number | null
  readonly httpsPort: number | null
}

/** What `GET /` shows of the settings, by the names that clients of Kong know. Nothing in it is a secret. */
export function shownConfiguration(
  settings: GatewaySettings,
  { httpPort, httpsPort }: Ports,
  admin: { readonly port: number } | null,
): Record<string, unknown> {
  const proxy = [...listener(settings.proxyHttp, httpPort, false), ...listener(settings.proxyHttps, httpsPort, true)]
  const admins = listener(settings.admin, admin?.port ?? null, Boolean(settings.adminCert))
  const statuses = listener(settings.status, settings.status?.port ?? null, false)
  const texts = (listeners: readonly Listener[]) =>
    listeners.length === 0 ? ['off'] : listeners.map((each) => each.listener)
  return {
    ...{ proxy_listeners: proxy, proxy_listen: texts(proxy), admin_listeners: admins, admin_listen: texts(admins) },
    ...{ status_listeners: statuses, status_listen: texts(statuses) },
    trusted_ips: settings.trustedIps,
    nginx_worker_processes: String(settings.workers ?? 1),
    declarative_config: settings.sources.map((source) => source.slice(source.indexOf(':') + 1)),
  }
}

interface Listener {
  readonly ip: string
  readonly port: number
  readonly ssl: boolean
  readonly listener: string
}

function listener(address: Address | null, port: number | null, ssl: boolean): Listener[] {
  if (address === null || port === null) return []
  return [{ ip: address.host, port, ssl, listener: `${address.host}:${port}${ssl ? ' ssl' : ''}` }]
}
