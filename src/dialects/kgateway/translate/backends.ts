import type { HealthSpec, ServiceSpec, TargetSpec, UpstreamSpec } from '../../../model/model.ts'
import type { Resource } from '../resources/resource.ts'
import type { Resources } from '../resources/resources.ts'
import { backendTlsOf } from './backend-tls.ts'
import type { Grants, Pointer } from './grants.ts'
import { KGATEWAY } from './names.ts'
import type { Output } from './output.ts'

export interface BackendRef {
  readonly group: string
  readonly kind: string
  readonly name: string
  readonly namespace?: string | undefined
  readonly port?: number | undefined
}

/** Why a reference leads nowhere: reason and message as kgateway has them in a route's ResolvedRefs. */
export interface Unresolved {
  readonly reason: 'InvalidKind' | 'RefNotPermitted' | 'BackendNotFound'
  readonly message: string
}

/** A place to send requests to, as the model knows it. */
export interface ResolvedBackend {
  readonly service: ServiceSpec
  /** Host and port where exactly one is known beforehand: what keys are fetched from and questions are put to. */
  readonly endpoint: { readonly host: string; readonly port: number }
}

/** Milliseconds that Envoy gives a connection as kgateway sets it up, and a silent stream. */
const CONNECT_MS = 5000
const IDLE_MS = 300_000

/** Turns references to Services and Backends into services of the model, each made once. */
export class Backends {
  readonly #resources: Resources
  readonly #grants: Grants
  readonly #output: Output
  readonly #withoutSlices: 'name' | 'nobody'
  readonly #slices = new Map<string, Resource<'EndpointSlice'>[]>()
  readonly #made = new Map<string, ResolvedBackend | Unresolved>()

  /** @param withoutSlices a Service without EndpointSlices is reached by its DNS name (files), or not at all (a cluster). */
  constructor(resources: Resources, grants: Grants, output: Output, withoutSlices: 'name' | 'nobody') {
    this.#resources = resources
    this.#grants = grants
    this.#output = output
    this.#withoutSlices = withoutSlices
    for (const slice of resources.all('EndpointSlice')) {
      const key = `${slice.metadata.namespace}/${slice.metadata.labels['kubernetes.io/service-name'] ?? ''}`
      this.#slices.set(key, [...(this.#slices.get(key) ?? []), slice])
    }
  }

  /** @param http2 speak HTTP/2 with it, whatever it says of itself. */
  resolve(from: Pointer, ref: BackendRef, http2 = false): ResolvedBackend | Unresolved {
    const namespace = ref.namespace ?? from.namespace
    const isService = ref.group === '' && ref.kind === 'Service'
    if (!isService && !(ref.group === KGATEWAY && ref.kind === 'Backend')) {
      return { reason: 'InvalidKind', message: 'unknown backend kind' }
    }
    if (!this.#grants.allows(from, { group: ref.group, kind: ref.kind, namespace, name: ref.name })) {
      return { reason: 'RefNotPermitted', message: 'missing reference grant' }
    }
    const id = `${ref.kind}/${namespace}/${ref.name}${isService ? `/${ref.port}` : ''}${http2 ? '/http2' : ''}`
    let made = this.#made.get(id)
    if (made === undefined) {
      made = isService ? this.#service(id, namespace, ref, http2) : this.#backend(id, namespace, ref, http2)
      this.#made.set(id, made)
    }
    return made
  }

  #service(id: string, namespace: string, ref: BackendRef, http2: boolean): ResolvedBackend | Unresolved {
    const notFound: Unresolved = { reason: 'BackendNotFound', message: `Service ${namespace}/${ref.name} not found` }
    const service = this.#resources.get('Service', namespace, ref.name)
    if (service === undefined) return notFound
    const port = service.spec.ports.find((each) => each.port === ref.port)
    if (port === undefined) return notFound
    const tls = backendTlsOf(this.#resources, service, port.name)
    if ('problem' in tls) return { reason: 'BackendNotFound', message: tls.problem }
    const isHttp2 = http2 || ['kubernetes.io/h2c', 'http2', 'grpc'].includes(port.appProtocol ?? '')
    if (service.spec.type === 'ExternalName') {
      return this.#made1(id, service.spec.externalName ?? ref.name, port.port, tls.settings, isHttp2)
    }
    const slices = this.#slices.get(`${namespace}/${ref.name}`)
    if (slices === undefined && this.#withoutSlices === 'name') {
      return this.#made1(id, `${ref.name}.${namespace}.svc.cluster.local`, port.port, tls.settings, isHttp2)
    }
    const targets = (slices ?? []).flatMap((slice) => targetsOf(slice, port.name ?? ''))
    return this.#several(id, targets, tls.settings, isHttp2)
  }

  #backend(id: string, namespace: string, ref: BackendRef, http2: boolean): ResolvedBackend | Unresolved {
    const message = `Backend ${namespace}/${ref.name} not found`
    const backend = this.#resources.get('Backend', namespace, ref.name)
    if (backend === undefined) return { reason: 'BackendNotFound', message }
    if (ref.port !== undefined) {
      const text = `BackendRef to "${ref.name}" includes a port. Do not specify a port when referencing a Backend resource, as it defines its own port configuration`
      return { reason: 'BackendNotFound', message: text }
    }
    const hosts = backend.spec.static?.hosts
    if (hosts === undefined) {
      return { reason: 'BackendNotFound', message: `Backend ${namespace}/${ref.name}: only \`static\` is served` }
    }
    const tls = backendTlsOf(this.#resources, backend, undefined)
    if ('problem' in tls) return { reason: 'BackendNotFound', message: tls.problem }
    const isHttp2 = http2 || ['http2', 'grpc', 'kubernetes.io/h2c'].includes(backend.spec.static?.appProtocol ?? '')
    if (hosts.length === 1) return this.#made1(id, hosts[0]!.host, hosts[0]!.port, tls.settings, isHttp2)
    return this.#several(
      id,
      hosts.map(({ host, port }) => ({ host, port, weight: 1 })),
      tls.settings,
      isHttp2,
    )
  }

  #made1(id: string, host: string, port: number, tls: TlsSettings | null, http2: boolean): ResolvedBackend {
    const service = serviceSpec(id, host, port, tls, http2)
    this.#output.service(service)
    return { service, endpoint: { host, port } }
  }

  #several(id: string, targets: readonly TargetSpec[], tls: TlsSettings | null, http2: boolean): ResolvedBackend {
    const [first] = targets
    if (targets.length === 1) return this.#made1(id, first!.host, first!.port, tls, http2)
    this.#output.upstream(upstreamSpec(id, targets))
    const service = serviceSpec(id, id, 80, tls, http2)
    this.#output.service(service)
    return { service, endpoint: { host: first?.host ?? '', port: first?.port ?? 0 } }
  }
}

export interface TlsSettings {
  readonly serverName: string
  /** PEM; empty for the authorities that the system trusts. */
  readonly ca: readonly string[]
}

function targetsOf({ endpoints = [], ports = [] }: Resource<'EndpointSlice'>, portName: string): TargetSpec[] {
  const port = ports.find(({ name }) => name === portName)?.port
  if (port === undefined) return []
  return endpoints
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.map((host) => ({ host, port, weight: 1 })))
}

function serviceSpec(id: string, host: string, port: number, tls: TlsSettings | null, http2: boolean): ServiceSpec {
  const secure = tls !== null
  return {
    id,
    name: id,
    protocol: http2 ? (secure ? 'grpcs' : 'grpc') : secure ? 'https' : 'http',
    host,
    port,
    path: null,
    connectTimeout: CONNECT_MS,
    writeTimeout: IDLE_MS,
    readTimeout: IDLE_MS,
    retries: 0,
    tls: {
      ...{ verify: true, ca: tls?.ca ?? [], certificateId: null },
      ...(tls !== null && { serverName: tls.serverName }),
    },
    enabled: true,
  }
}

/** Envoy's clusters as kgateway makes them: least request among healthy ones, and nobody checks health. */
const UNCHECKED: HealthSpec = {
  threshold: 0,
  passive: {
    healthyStatuses: [],
    unhealthyStatuses: [],
    successes: 0,
    tcpFailures: 0,
    timeouts: 0,
    httpFailures: 0,
  },
  active: {
    healthyStatuses: [],
    unhealthyStatuses: [],
    successes: 0,
    tcpFailures: 0,
    timeouts: 0,
    httpFailures: 0,
    type: 'http',
    timeout: 1000,
    concurrency: 1,
    path: '/',
    headers: {},
    sni: null,
    verify: true,
    healthyInterval: 0,
    unhealthyInterval: 0,
  },
}

function upstreamSpec(id: string, targets: readonly TargetSpec[]): UpstreamSpec {
  return {
    id,
    name: id,
    hostHeader: null,
    certificateId: null,
    algorithm: { kind: 'least-connections' },
    health: UNCHECKED,
    targets,
  }
}
