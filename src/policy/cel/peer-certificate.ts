import { createHash, X509Certificate } from 'node:crypto'

/** What an expression, or a service that decides, may know of the caller's certificate. */
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
  const { subject, subjectAltName } = new X509Certificate(der)
  const names = alternativeNames(subjectAltName ?? '')
  return {
    // node gives a line for each part, escaped already; RFC 2253 begins with the last
    subject: subject.split('\n').reverse().join(','),
    uriSan: names.find(([type]) => type === 'URI')?.[1],
    dnsSan: names.find(([type]) => type === 'DNS')?.[1],
    digest: createHash('sha256').update(der).digest('hex'),
  }
}

/** `DNS:a.test, URI:"spiffe://a,b"`: a name that could be taken for two is in quotes, as in JSON. */
const NAME = /([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/g

function alternativeNames(text: string): [type: string, value: string][] {
  return [...text.matchAll(NAME)].map(([, type, value]) => [
    type!,
    value!.startsWith('"') ? (JSON.parse(value!) as string) : value!,
  ])
}
