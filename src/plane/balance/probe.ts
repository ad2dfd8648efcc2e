import http from 'node:http'
import https from 'node:https'
import net from 'node:net'
import tls from 'node:tls'
import type { ActiveChecks, CertificateSpec } from '../../model/model.ts'

/** Whom to check, and how. */
export interface Check {
  readonly checks: ActiveChecks
  readonly ip: string
  readonly port: number
  /** Name of the target, as it was written. */
  readonly host: string
  readonly hostHeader: string | null
  /** Shown to the target; null for none. */
  readonly certificate: CertificateSpec | null
}

/** `answer` without a status is a connection that came about, where no more was asked for; 0 is no HTTP. */
export type CheckOutcome =
  | { readonly kind: 'tcp-failure' | 'timeout' }
  | { readonly kind: 'answer'; readonly status: number | null }

/** Makes one check of an address. Never rejects. */
export type Probe = (check: Check) => Promise<CheckOutcome>

export const probe: Probe = (check) => {
  switch (check.checks.type) {
    case 'tcp':
    case 'grpc':
      return connects(check, () => net.connect({ host: check.ip, port: check.port }), 'connect')
    case 'grpcs':
      return connects(check, () => tls.connect({ ...tlsOptions(check), ALPNProtocols: ['h2'] }), 'secureConnect')
    case 'http':
    case 'https':
      return answers(check)
  }
}

function connects(check: Check, open: () => net.Socket, event: string): Promise<CheckOutcome> {
  return new Promise((resolve) => {
    const socket = open()
    const end = (outcome: CheckOutcome) => {
      clearTimeout(late)
      socket.destroy()
      resolve(outcome)
    }
    const late = setTimeout(() => end({ kind: 'timeout' }), check.checks.timeout)
    socket.once(event, () => end({ kind: 'answer', status: null }))
    socket.on('error', () => end({ kind: 'tcp-failure' }))
  })
}

/** The head of the answer is enough; whatever body it has is not waited for. */
function answers(check: Check): Promise<CheckOutcome> {
  const { checks, ip, port, host, hostHeader } = check
  return new Promise((resolve) => {
    let request: http.ClientRequest
    const end = (outcome: CheckOutcome) => {
      clearTimeout(late)
      request?.destroy()
      resolve(outcome)
    }
    const late = setTimeout(() => end({ kind: 'timeout' }), checks.timeout)
    const shown = hostHeader ?? (net.isIPv6(host) ? `[${host}]` : host)
    const headers = { Host: shown, 'User-Agent': 'sallyport-health', ...writable(checks.headers) }
    const options = { host: ip, port, path: checks.path, headers, agent: false as const }
    try {
      request = checks.type === 'https' ? https.request({ ...options, ...tlsOptions(check) }) : http.request(options)
    } catch {
      // a path or a header that can't be sent
      clearTimeout(late)
      return resolve({ kind: 'answer', status: 0 })
    }
    request.on('response', ({ statusCode }) => end({ kind: 'answer', status: statusCode ?? 0 }))
    request.on('error', (error: NodeJS.ErrnoException) => {
      end(error.code?.startsWith('HPE_') ? { kind: 'answer', status: 0 } : { kind: 'tcp-failure' })
    })
    request.end()
  })
}

function writable(headers: ActiveChecks['headers']): Record<string, string[]> {
  return Object.fromEntries(Object.entries(headers).map(([name, values]) => [name, [...values]]))
}

function tlsOptions({ checks, ip, port, host, certificate }: Check): tls.ConnectionOptions {
  const name = checks.sni ?? host
  return {
    ...{ host: ip, port, servername: net.isIP(name) === 0 ? name : '', rejectUnauthorized: checks.verify },
    ...(certificate === null ? {} : { cert: certificate.cert, key: certificate.key }),
  }
}
