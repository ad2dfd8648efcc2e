import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import { list, optional, record } from '../../../policy/fields.ts'
import { addEntityProblem, type Problems, quoted } from '../schema/problems.ts'
import { isVaultReference } from '../schema/validate.ts'
import * as t from './field-types.ts'
import { type EntityKind, isEmpty, type Values } from './kind.ts'

const certificatePem = () =>
  t
    .checked((pem) => (readCertificate(pem) ? null : 'invalid certificate: not a certificate in PEM'))
    .meta({ referenceable: true })
const keyPem = () =>
  t
    .checked((pem) => (publicPartOf(pem) ? null : 'invalid key: not a private key in PEM'))
    .meta({ referenceable: true, secret: true })

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

/** A server name, and the certificate that is shown for it. */
export const sni: EntityKind = {
  name: 'snis',
  path: 'snis',
  nestedPath: 'snis',
  endpointKey: 'name',
  uniqueTogether: [],
  expires: false,
  shape: record({
    id: t.id(),
    name: t.serverName(true).meta({ unique: true }),
    created_at: t.time(),
    updated_at: t.time(),
    tags: t.tags(),
    certificate: t.foreign('certificates', 'cascade'),
  }),
}

const ONE_PEM = '-----BEGIN CERTIFICATE-----'

/** An authority whose certificates are believed. `now` is milliseconds since the epoch. */
export function caCertificateKind(now: () => number): EntityKind {
  return {
    name: 'ca_certificates',
    path: 'ca_certificates',
    nestedPath: 'ca_certificates',
    endpointKey: null,
    uniqueTogether: [],
    expires: false,
    shape: record({
      id: t.id(),
      created_at: t.time(),
      updated_at: t.time(),
      cert: certificatePem().meta({ referenceable: false }),
      cert_digest: optional(t.checked(() => null).meta({ unique: true })),
      tags: t.tags(),
    }),
    check(values, problems) {
      const pem = String(values['cert'])
      const read = problems['cert'] ? null : readCertificate(pem)
      if (!read) return
      if (pem.split(ONE_PEM).length > 2) {
        addEntityProblem(problems, 'please submit only one certificate at a time')
      } else if (Date.parse(read.validTo) < now()) {
        addEntityProblem(problems, 'certificate expired, "Not After" time is in the past')
      } else if (!read.ca) {
        addEntityProblem(
          problems,
          'certificate does not appear to be a CA because it is missing the "CA" basic constraint',
        )
      }
    },
    prepare: (values) => {
      const digest = readCertificate(String(values['cert']))!.fingerprint256
      return { ...values, cert_digest: digest.replaceAll(':', '').toLowerCase() }
    },
  }
}

function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

/** The public half of a private key, in PEM; null when the text is no private key. */
function publicPartOf(pem: string): string | null {
  try {
    return createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' }).toString()
  } catch {
    return null
  }
}

function readable(values: Readonly<Values>, problems: Problems, field: string): string | null {
  const value = values[field]
  return typeof value === 'string' && !problems[field] && !isVaultReference(value) ? value : null
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
