import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto'
import * as t from './field-types.ts'

/** A certificate, or a reference to one that is kept elsewhere. */
export const certificatePem = () =>
  t
    .checked((pem) => (readCertificate(pem) ? null : 'invalid certificate: not a certificate in PEM'))
    .meta({ referenceable: true })
/** A private key, or a reference to one. */
export const keyPem = () =>
  t
    .checked((pem) => (publicPartOf(pem) ? null : 'invalid key: not a private key in PEM'))
    .meta({ referenceable: true, secret: true })

/** Null when the text is no certificate. */
export function readCertificate(pem: string): X509Certificate | null {
  try {
    return new X509Certificate(pem)
  } catch {
    return null
  }
}

/** The public half of a private key, in PEM; null when the text is no private key. */
export function publicPartOf(pem: string): string | null {
  try {
    return createPublicKey(createPrivateKey(pem)).export({ type: 'spki', format: 'pem' }).toString()
  } catch {
    return null
  }
}
