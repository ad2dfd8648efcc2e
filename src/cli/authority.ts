import { isIPv6 } from 'node:net'

/** `HOST:PORT` as it stands in a URL. */
export function authorityOf(host: string, port: number): string {
  return `${isIPv6(host) ? `[${host}]` : host}:${port}`
}
