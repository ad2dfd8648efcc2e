/** Longer than any DNS name (RFC 1035 §2.3.4): where there are wildcards, such a host meets no route at all. */
export const LONGEST_NAME = 255

/** A route's host, read: which hosts it names and which local port it asks for. */
export interface HostPattern {
  /** `exact`: the whole name; `suffix`: `.example.com` of `*.example.com`; `prefix`: `example.` of `example.*`. */
  readonly kind: 'exact' | 'suffix' | 'prefix'
  readonly text: string
  /** Null when any port will do. */
  readonly port: number | null
}

export function hostPattern(host: string, exactHosts: boolean): HostPattern {
  const written = /^(.*?):(\d+)$/.exec(host)
  const hasPort = written !== null && (host.startsWith('[') ? written[1]!.endsWith(']') : !written[1]!.includes(':'))
  const name = comparableHost(hasPort ? written[1]! : host, exactHosts)
  const port = hasPort ? Number(written[2]) : null
  if (name.startsWith('*')) return { kind: 'suffix', text: name.slice(1), port }
  if (name.endsWith('*')) return { kind: 'prefix', text: name.slice(0, -1), port }
  return { kind: 'exact', text: name, port }
}

/**
 * A host as hosts are compared: in lower case and without a final dot, since both spell the same name (RFC 4343,
 * RFC 1034 §3.1) and a route must not be got around by either. Kong compares as written: `exactHosts` does too.
 */
export function comparableHost(host: string, exactHosts: boolean): string {
  if (exactHosts) return host
  const lower = host.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}
