import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/** A certificate and its key, PEM. */
export interface Pair {
  readonly cert: string
  readonly key: string
}

export interface Authority {
  /** PEM. */
  readonly cert: string
  /** A certificate of this authority, for 127.0.0.1 and localhost where it is a server's. */
  sign(subject: string): Promise<Pair>
}

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const DAY_MS = 86_400_000

/** An authority of its own for a test. */
export async function makeAuthority(subject: string): Promise<Authority> {
  x509.cryptoProvider.set(webcrypto as unknown as Parameters<typeof x509.cryptoProvider.set>[0])
  const makeKeys = async () =>
    (await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair
  const times = () => ({ notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + DAY_MS) })
  const keys = await makeKeys()
  const own = await x509.X509CertificateGenerator.createSelfSigned({
    ...{ serialNumber: '01', name: subject, signingAlgorithm: algorithm, keys, ...times() },
    extensions: [new x509.BasicConstraintsExtension(true)],
  })
  let serial = 1
  return {
    cert: own.toString('pem'),
    async sign(name) {
      const { publicKey, privateKey } = await makeKeys()
      const certificate = await x509.X509CertificateGenerator.create({
        ...{ serialNumber: (++serial).toString(16).padStart(4, '0'), subject: name, issuer: own.subject, publicKey },
        ...{ signingKey: keys.privateKey, signingAlgorithm: algorithm, ...times() },
        extensions: [
          new x509.SubjectAlternativeNameExtension([
            { type: 'dns', value: 'localhost' },
            { type: 'ip', value: '127.0.0.1' },
          ]),
        ],
      })
      const key = await webcrypto.subtle.exportKey('pkcs8', privateKey)
      return { cert: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') }
    },
  }
}
