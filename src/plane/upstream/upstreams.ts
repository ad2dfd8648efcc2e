import type { CertificateSpec, ServiceSpec, UpstreamSpec } from '../../model/model.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import type { Deadlines } from '../deadlines.ts'
import type { HeaderRoles } from '../http1/header-roles.ts'
import { Http2Pool } from '../http2/upstream-session.ts'
import { Pool } from './pool.ts'
import type { ServicePool } from './service-connection.ts'
import { WeightedRounds } from './weighted-rounds.ts'

/** Idle connections kept per endpoint. */
const IDLE_LIMIT = 512

/** Where a request goes: connections to one endpoint, and the Host that belongs to it. */
export interface Destination {
  readonly pool: ServicePool
  /** Host header value. */
  readonly authority: string
}

/** All connections to services, by endpoint. Outlives every configuration: a change of routes breaks no connection. */
export class Upstreams {
  readonly #deadlines: Deadlines
  readonly #roles: HeaderRoles
  readonly #pools = new Map<string, ServicePool>()
  /** Destinations of services that name a host; keyed by the spec, so a changed service gets a new one. */
  readonly #direct = new WeakMap<ServiceSpec, Destination & { readonly certificate: CertificateSpec | null }>()
  readonly #certificates = new WeakMap<CertificateSpec, number>()
  #lastNumber = 0
  readonly #balanced = new WeakMap<UpstreamSpec, WeightedRounds>()

  constructor(deadlines: Deadlines, roles: HeaderRoles) {
    this.#deadlines = deadlines
    this.#roles = roles
  }

  /** The next destination for a service; null when its upstream has no target that may be used. */
  destination(service: ServiceSpec, snapshot: Snapshot): Destination | null {
    const upstream = snapshot.upstreamNamed(service.host)
    if (upstream === null) {
      let direct = this.#direct.get(service)
      const { certificateId } = service.tls
      const certificate = certificateId === null ? null : snapshot.certificate(certificateId)
      if (direct === undefined || direct.certificate !== certificate) {
        direct = {
          certificate,
          pool: this.#pool(service, service.host, service.port, snapshot),
          authority: authorityOf(service, service.host, service.port),
        }
        this.#direct.set(service, direct)
      }
      return direct
    }
    let rounds = this.#balanced.get(upstream)
    if (rounds === undefined) this.#balanced.set(upstream, (rounds = new WeightedRounds(upstream.targets)))
    const target = rounds.next()
    if (target === null) return null
    return {
      pool: this.#pool(service, target.host, target.port, snapshot),
      authority: upstream.hostHeader ?? authorityOf(service, target.host, target.port),
    }
  }

  #pool(service: ServiceSpec, host: string, port: number, snapshot: Snapshot): ServicePool {
    const secure = service.protocol === 'https' || service.protocol === 'grpcs'
    const tls = service.tls
    const certificate = tls.certificateId === null ? null : snapshot.certificate(tls.certificateId)
    if (secure && tls.certificateId !== null && certificate === null) {
      // Without it the service would take us for somebody else, perhaps for nobody.
      throw new Error(`service ${service.id}: its client certificate ${tls.certificateId} is not there`)
    }
    const grpc = service.protocol === 'grpc' || service.protocol === 'grpcs'
    const transport = secure
      ? `tls ${host} ${port} ${tls.verify} ${certificate === null ? '' : this.#numberOf(certificate)} ${tls.ca.join(',')} ${service.host}`
      : `tcp ${host} ${port}`
    const key = grpc ? `h2 ${transport}` : transport
    let pool = this.#pools.get(key)
    if (pool === undefined) {
      const options = !secure
        ? null
        : {
            servername: isAddress(service.host) ? '' : service.host,
            rejectUnauthorized: tls.verify,
            ALPNProtocols: [grpc ? 'h2' : 'http/1.1'],
            ...(tls.ca.length > 0 ? { ca: [...tls.ca] } : {}),
            ...(certificate === null ? {} : { cert: certificate.cert, key: certificate.key }),
          }
      const endpoint = { host, port, tls: options }
      pool = grpc
        ? new Http2Pool(endpoint, this.#deadlines, this.#roles)
        : new Pool(endpoint, this.#deadlines, this.#roles, IDLE_LIMIT)
      this.#pools.set(key, pool)
    }
    return pool
  }

  /** A certificate that was replaced is another one, though its id is the same. */
  #numberOf(certificate: CertificateSpec): number {
    let number = this.#certificates.get(certificate)
    if (number === undefined) this.#certificates.set(certificate, (number = ++this.#lastNumber))
    return number
  }

  close(): void {
    for (const pool of this.#pools.values()) pool.close()
    this.#pools.clear()
  }
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[0-9.]+$/.test(host)
}

function authorityOf(service: ServiceSpec, host: string, port: number): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const standard = service.protocol === 'https' || service.protocol === 'grpcs' ? 443 : 80
  return port === standard ? name : `${name}:${port}`
}
