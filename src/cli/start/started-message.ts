import type { Gateway } from '../../app.ts'
import { authorityOf } from '../authority.ts'
import { shownStore } from '../settings/setting-values.ts'
import type { Settings } from '../settings/settings.ts'

/** The line a person reads first: what is listened on, and where entities are kept. */
export function startedMessage(settings: Settings, ports: Gateway['ports']): string {
  const at = (address: Settings['admin'], port: number | null, scheme: string) =>
    address === null || port === null ? 'off' : `${scheme}://${authorityOf(address.host, port)}`
  return [
    `serving: proxy ${at(settings.proxyHttp, ports.http, 'http')} and ${at(settings.proxyHttps, ports.https, 'https')}`,
    `Admin API ${at(settings.admin, ports.admin, settings.adminCert === null ? 'http' : 'https')}`,
    `status ${at(settings.status, ports.status, 'http')}`,
    `store ${shownStore(settings.store)}`,
    ...(settings.sources.length === 0 ? [] : [`sources ${settings.sources.join(', ')}`]),
    ...(settings.config === null ? [] : [`settings from ${settings.config}`]),
  ].join('; ')
}
