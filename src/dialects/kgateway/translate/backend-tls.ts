import { X509Certificate } from 'node:crypto'
import { olderFirst, type Resource } from '../resources/resource.ts'
import type { Resources } from '../resources/resources.ts'
import type { TlsSettings } from './backends.ts'
import { KGATEWAY } from './names.ts'

type Policy = Resource<'BackendTLSPolicy'>
export type TlsBackend = Resource<'Service'> | Resource<'Backend'>

/** A policy that speaks of a backend. */
export interface TlsClaim {
  readonly policy: Policy
  /** Of the one port alone. */
  readonly isOfPort: boolean
}

/**
 * Every BackendTLSPolicy for a Service (or one of its ports) or Backend: those of the port go before those of the whole,
 * and the older before the younger. The first of each is followed.
 */
export function tlsClaims(resources: Resources, backend: TlsBackend, portName: string | undefined): TlsClaim[] {
  const group = backend.kind === 'Service' ? '' : KGATEWAY
  const { namespace, name } = backend.metadata
  const claims = resources.all('BackendTLSPolicy').flatMap((policy) =>
    policy.spec.targetRefs
      .filter((ref) => policy.metadata.namespace === namespace && ref.group === group && ref.kind === backend.kind)
      .filter((ref) => ref.name === name && (ref.sectionName === undefined || ref.sectionName === portName))
      .map((ref) => ({ policy, isOfPort: ref.sectionName !== undefined })),
  )
  return claims.sort((a, b) => Number(b.isOfPort) - Number(a.isOfPort) || olderFirst(a.policy, b.policy))
}

/** What is wrong with a policy. */
export interface TlsProblem {
  readonly reason: 'InvalidCACertificateRef' | 'InvalidKind' | 'Unsupported'
  readonly message: string
}

/**
 * How a BackendTLSPolicy says that a Service (or one of its ports) or Backend is spoken to; null settings for no TLS.
 * Where the policy can't be followed nobody is spoken to at all: plain text would betray what TLS was to keep.
 */
export function backendTlsOf(
  resources: Resources,
  backend: TlsBackend,
  portName: string | undefined,
): { readonly settings: TlsSettings | null } | { readonly problem: string } {
  const [claim] = tlsClaims(resources, backend, portName)
  if (claim === undefined) return { settings: null }
  const { policy } = claim
  const read = tlsSettings(resources, policy)
  if ('serverName' in read) return { settings: read }
  return { problem: `BackendTLSPolicy ${policy.metadata.namespace}/${policy.metadata.name}: ${read.message}` }
}

export function tlsSettings(resources: Resources, policy: Policy): TlsSettings | TlsProblem {
  const { hostname, caCertificateRefs = [], subjectAltNames = [] } = policy.spec.validation
  if (subjectAltNames.length > 0) return { reason: 'Unsupported', message: 'subjectAltNames is not served' }
  const ca: string[] = []
  for (const { group, kind, name } of caCertificateRefs) {
    const message = `invalid CA certificate ref ${kind}/${name}`
    if (group !== '' || kind !== 'ConfigMap') return { reason: 'InvalidKind', message }
    const pem = resources.get('ConfigMap', policy.metadata.namespace, name)?.data['ca.crt']
    if (pem === undefined || !isCertificate(pem)) return { reason: 'InvalidCACertificateRef', message }
    ca.push(pem)
  }
  return { serverName: hostname, ca }
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem)
    return true
  } catch {
    return false
  }
}
