import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { CertificateSpec } from '../../../model/model.ts'
import type { Resources } from '../resources/resources.ts'
import { type Condition, fails, holds } from './condition.ts'
import type { Grants } from './grants.ts'
import { hostnameOf, type ListenerOwner, type ListenerSpec, listenerName } from './listener-names.ts'
import { GATEWAY_API } from './names.ts'

/**
 * The certificates of a listener's Secrets; the first is shown to who asks for the listener's host, others to who asks
 * for a name that they hold.
 *
 * @param found is told of those that can't be used.
 */
export function listenerCertificates(
  resources: Resources,
  grants: Grants,
  owner: ListenerOwner,
  spec: ListenerSpec,
  socket: string,
  found: Condition[],
): readonly CertificateSpec[] {
  const refs = spec.tls?.certificateRefs ?? []
  const certificates: CertificateSpec[] = []
  const problems: string[] = []
  const wrong = (reason: string, message: string) => {
    found.push(fails('ResolvedRefs', reason, message))
    problems.push(message)
  }
  for (const [n, ref] of refs.entries()) {
    const namespace = ref.namespace ?? owner.metadata.namespace
    if (ref.group !== '' || ref.kind !== 'Secret') {
      wrong('InvalidCertificateRef', 'Invalid certificate ref(s).')
      continue
    }
    const from = { group: GATEWAY_API, kind: owner.kind, namespace: owner.metadata.namespace }
    if (!grants.allows(from, { group: '', kind: 'Secret', namespace, name: ref.name })) {
      wrong('RefNotPermitted', 'Reference not permitted by ReferenceGrant.')
      continue
    }
    const secret = resources.get('Secret', namespace, ref.name)
    if (secret === undefined) {
      wrong('InvalidCertificateRef', `Secret ${namespace}/${ref.name} not found.`)
      continue
    }
    const cert = secret.data['tls.crt']?.revealText() ?? ''
    const key = secret.data['tls.key']?.revealText() ?? ''
    const problem = pairProblem(cert, key)
    if (problem !== null) {
      wrong('InvalidCertificateRef', `invalid TLS secret ${namespace}/${ref.name}: ${problem}`)
      continue
    }
    const id = `${owner.kind}/${listenerName(owner, spec)}/${n}`
    certificates.push({ id, listener: socket, cert, key, snis: n === 0 ? [hostnameOf(spec) ?? '*'] : namesOf(cert) })
  }
  const [problem] = problems
  if (problem !== undefined) {
    // The certificates that are good are served all the same.
    const say = certificates.length > 0 ? holds : fails
    found.push(say('Accepted', 'Invalid', problem), say('Programmed', 'Invalid', problem))
  }
  return certificates
}

/** What is wrong with a certificate and its key, as Go's crypto/tls says it; null when they make a pair. */
function pairProblem(cert: string, key: string): string | null {
  let certificate: X509Certificate
  try {
    certificate = new X509Certificate(cert)
  } catch {
    return 'tls: failed to find any PEM data in certificate input'
  }
  try {
    return certificate.checkPrivateKey(createPrivateKey(key)) ? null : 'tls: private key does not match public key'
  } catch {
    return 'tls: failed to find any PEM data in key input'
  }
}

function namesOf(cert: string): string[] {
  const names = new X509Certificate(cert).subjectAltName ?? ''
  return names
    .split(', ')
    .filter((name) => name.startsWith('DNS:'))
    .map((name) => name.slice('DNS:'.length).toLowerCase())
}
