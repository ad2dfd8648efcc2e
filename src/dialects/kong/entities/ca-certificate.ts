import { optional, record } from '../../../policy/fields.ts'
import { addEntityProblem } from '../schema/problems.ts'
import * as t from './field-types.ts'
import type { EntityKind } from './kind.ts'
import { certificatePem, readCertificate } from './pem-fields.ts'

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
