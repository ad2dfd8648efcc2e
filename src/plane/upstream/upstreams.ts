import type { CertificateSpec, ServiceSpec } from '../../model/model.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import type { Address } from '../balance/address.ts'
import type { Balancer } from '../balance/balancer.ts'
import type { Balancers } from '../balance/balancers.ts'
import type { Deadlines } from '../deadlines.ts'
import type { HeaderRoles } from '../http1/header-roles.ts'
import { Http2Pool } from '../http2/upstream-session.ts'
import { Pool } from './pool.ts'
import type { ServicePool } from './service-connection.ts'

/** Idle connections kept per endpoint. */
const IDLE_LIMIT = 512

/** Where a request goes: connections to one endpoint, and the Host that belongs to it. */
export interface Destination {
  readonly pool: ServicePool
  /** Host header value. */
  readonly authority: string
  /** The upstream's address that this is; null for a service that names a host. */
  readonly address: Address | null
  /** What else it was made with. */
  readonly certificate: CertificateSpec | null
  readonly hostHeader: string | null
}

/** All connections to services, by endpoint. Outlives every configuration: a change of routes breaks no connection. */
export class Upstreams {
  readonly #deadlines: Deadlines
  readonly #roles: HeaderRoles
  readonly #balancers: Balancers
  readonly #pools = new Map<string, ServicePool>()
  /** Destinations of services that name a host; keyed by the spec, so a changed service gets a new one. */
  readonly #direct = new WeakMap<ServiceSpec, Destination>()
  readonly #certificates = new WeakMap<CertificateSpec, number>()
  #lastNumber = 0

  constructor(deadlines: Deadlines, roles: HeaderRoles, balancers: Balancers) {
    this.#deadlines = deadlines
    this.#roles = roles
    this.#balancers = balancers
  }

  /** Of the upstream that the service points at; null when it names a host. */
  balancerFor(service: ServiceSpec, snapshot: Snapshot): Balancer | null {
    const upstream = snapshot.upstreamNamed(service.host)
    return upstream === null ? null : this.#balancers.of(upstream, snapshot)
  }

  /** The host that a service names. */
  direct(service: ServiceSpec, snapshot: Snapshot): Destination {
    let direct = this.#direct.get(service)
    const certificate = this.#certificate(service, service.tls.certificateId, snapshot)
    if (direct === undefined || direct.certificate !== certificate) {
      const { host, port } = service
      direct = {
        pool: this.#pool(service, { host, port, name: service.tls.serverName ?? host }, certificate),
        authority: authorityOf(service, host, port),
        address: null,
        certificate,
        hostHeader: null,
      }
      this.#direct.set(service, direct)
    }
    return direct
  }

  /** An address of the upstream that the service points at. */
  at(address: Address, service: ServiceSpec, snapshot: Snapshot): Destination {
    const { hostHeader, certificateId } = address.balancer.spec
    let known = address.destinations.get(service)
    const certificate = this.#certificate(service, service.tls.certificateId ?? certificateId, snapshot)
    if (known === undefined || known.certificate !== certificate || known.hostHeader !== hostHeader) {
      const { ip, port, host } = address
      known = {
        pool: this.#pool(
          service,
          { host: ip, port, name: service.tls.serverName ?? hostHeader?.replace(/:\d+$/, '') ?? host },
          certificate,
        ),
        authority: hostHeader ?? authorityOf(service, host, port),
        address,
        certificate,
        hostHeader,
      }
      address.destinations.set(service, known)
    }
    return known
  }

  #certificate(service: ServiceSpec, id: string | null, snapshot: Snapshot): CertificateSpec | null {
    if (id === null) return null
    const certificate = snapshot.certificate(id)
    if (certificate === null && isSecure(service)) {
      // Without it the service would take us for somebody else, perhaps for nobody.
      throw new Error(`service ${service.id}: its client certificate ${id} is not there`)
    }
    return certificate
  }

  /** @param endpoint `name` is what TLS knows it by. */
  #pool(
    service: ServiceSpec,
    { host, port, name }: { readonly host: string; readonly port: number; readonly name: string },
    certificate: CertificateSpec | null,
  ): ServicePool {
    const secure = isSecure(service)
    const tls = service.tls
    const grpc = service.protocol === 'grpc' || service.protocol === 'grpcs'
    const transport = secure
      ? `tls ${host} ${port} ${tls.verify} ${certificate === null ? '' : this.#numberOf(certificate)} ${tls.ca.join(',')} ${name}`
      : `tcp ${host} ${port}`
    const key = grpc ? `h2 ${transport}` : transport
    let pool = this.#pools.get(key)
    if (pool === undefined) {
      const options = !secure
        ? null
        : {
            servername: isAddress(name) ? '' : name,
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

function isSecure({ protocol }: ServiceSpec): boolean {
  return protocol === 'https' || protocol === 'grpcs'
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[0-9.]+$/.test(host)
}

function authorityOf(service: ServiceSpec, host: string, port: number): string {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  const standard = isSecure(service) ? 443 : 80
  return port === standard ? name : `${name}:${port}`
}
