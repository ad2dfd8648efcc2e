import { X509Certificate } from 'node:crypto'
import type { Resource } from '../resources/resource.ts'
import type { Resources } from '../resources/resources.ts'
import type { TlsSettings } from './backends.ts'
import { KGATEWAY } from './names.ts'

/**
 * How a BackendTLSPolicy says that a Service (or one of its ports) or Backend is spoken to; null settings for no TLS.
 * Where the policy can't be followed nobody is spoken to at all: plain text would betray what TLS was to keep.
 */
export function backendTlsOf(
  resources: Resources,
  backend: Resource<'Service'> | Resource<'Backend'>,
  portName: string | undefined,
): { readonly settings: TlsSettings | null } | { readonly problem: string } {
  const group = backend.kind === 'Service' ? '' : KGATEWAY
  const { namespace, name } = backend.metadata
  const policies = resources.all('BackendTLSPolicy').flatMap((policy) =>
    policy.spec.targetRefs
      .filter((ref) => policy.metadata.namespace === namespace && ref.group === group && ref.kind === backend.kind)
      .filter((ref) => ref.name === name && (ref.sectionName === undefined || ref.sectionName === portName))
      .map((ref) => ({ policy, isOfPort: ref.sectionName !== undefined })),
  )
  const policy = (policies.find(({ isOfPort }) => isOfPort) ?? policies[0])?.policy
  if (policy === undefined) return { settings: null }
  const { hostname, caCertificateRefs = [], subjectAltNames = [] } = policy.spec.validation
  const about = `BackendTLSPolicy ${namespace}/${policy.metadata.name}`
  if (subjectAltNames.length > 0) return { problem: `${about}: subjectAltNames is not served` }
  const ca: string[] = []
  for (const ref of caCertificateRefs) {
    const pem = ref.kind === 'ConfigMap' ? resources.get('ConfigMap', namespace, ref.name)?.data['ca.crt'] : undefined
    if (pem === undefined || !isCertificate(pem)) {
      return { problem: `${about}: invalid CA certificate ref ${ref.kind}/${ref.name}` }
    }
    ca.push(pem)
  }
  return { settings: { serverName: hostname, ca } }
}

function isCertificate(pem: string): boolean {
  try {
    new X509Certificate(pem)
    return true
  } catch {
    return false
  }
}
