import 'reflect-metadata'
import { createHash } from 'node:crypto'
import { SubjectAlternativeNameExtension, X509Certificate } from '@peculiar/x509'

/** What an expression may ask of the caller's certificate. */
export interface PeerCertificate {
  /** As RFC 2253 writes it: `CN=alice,O=Example`. */
  readonly subject: string
  /** The first of each kind; undefined without one. */
  readonly uriSan: string | undefined
  readonly dnsSan: string | undefined
  /** SHA-256 of the certificate, hexadecimal. */
  readonly digest: string
}

/** The same bytes for all requests of a connection: read once. */
const known = new WeakMap<Uint8Array, PeerCertificate>()

/** @param der as the exchange has it. */
export function peerCertificate(der: Uint8Array): PeerCertificate {
  let facts = known.get(der)
  if (facts === undefined) known.set(der, (facts = read(der)))
  return facts
}

function read(der: Uint8Array): PeerCertificate {
  const certificate = new X509Certificate(new Uint8Array(der))
  const names = certificate.getExtension(SubjectAlternativeNameExtension)?.names.items ?? []
  const first = (type: string) => names.find((name) => name.type === type)?.value
  return {
    subject: certificate.subjectName
      .toJSON()
      .reverse()
      .map((part) =>
        Object.entries(part)
          .flatMap(([type, values]) => values.map((value) => `${type}=${escaped(value)}`))
          .join('+'),
      )
      .join(','),
    uriSan: first('url'),
    dnsSan: first('dns'),
    digest: createHash('sha256').update(der).digest('hex'),
  }
}

/** RFC 2253 §2.4. */
function escaped(value: string): string {
  return value.replace(/[,+"\\<>;]|^[# ]| $/g, '\\$&')
}
