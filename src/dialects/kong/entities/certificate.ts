import { list, optional, record } from '../../../policy/fields.ts'
import { isReference } from '../../../secrets/reference.ts'
import { addEntityProblem, type Problems, quoted } from '../schema/problems.ts'
import * as t from './field-types.ts'
import { type EntityKind, isEmpty, type Values } from './kind.ts'
import { certificatePem, keyPem, publicPartOf, readCertificate } from './pem-fields.ts'

/** A certificate that the gateway shows. Its server names are kept as entities of their own. */
export const certificate: EntityKind = {
  name: 'certificates',
  path: 'certificates',
  nestedPath: 'certificates',
  endpointKey: null,
  uniqueTogether: [],
  expires: false,
  shape: record({
    id: t.id(),
    created_at: t.time(),
    updated_at: t.time(),
    cert: certificatePem(),
    key: keyPem(),
    cert_alt: optional(certificatePem()),
    key_alt: optional(keyPem()),
    tags: t.tags(),
    snis: optional(list(t.serverName(true))),
  }),
  check(values, problems) {
    if (isEmpty(values['cert_alt']) !== isEmpty(values['key_alt'])) {
      addEntityProblem(problems, `all or none of these fields must be set: ${quoted(['cert_alt', 'key_alt'])}`)
    }
    checkPair(values, problems, 'cert', 'key', 'certificate does not match key')
    checkPair(values, problems, 'cert_alt', 'key_alt', 'alternative certificate does not match key')
    checkTypes(values, problems)
  },
  // The names are entities that point here; the answer lists them anew.
  prepare: (values) => ({ ...values, snis: null }),
}

function readable(values: Readonly<Values>, problems: Problems, field: string): string | null {
  const value = values[field]
  return typeof value === 'string' && !problems[field] && !isReference(value) ? value : null
}

function checkPair(
  values: Readonly<Values>,
  problems: Problems,
  certField: string,
  keyField: string,
  sentence: string,
): void {
  const [cert, key] = [readable(values, problems, certField), readable(values, problems, keyField)]
  if (cert === null || key === null) return
  const ofCert = readCertificate(cert)?.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  if (ofCert !== publicPartOf(key)) addEntityProblem(problems, sentence)
}

function checkTypes(values: Readonly<Values>, problems: Problems): void {
  const [cert, alt] = [readable(values, problems, 'cert'), readable(values, problems, 'cert_alt')]
  if (cert === null || alt === null) return
  const types = [cert, alt].map((pem) => readCertificate(pem)?.publicKey.asymmetricKeyType)
  if (types[0] !== types[1]) return
  addEntityProblem(
    problems,
    'certificate and alternative certificate need to have different type (e.g. RSA and ECDSA), ' +
      'the provided certificates were both of the same type',
  )
}
