import tls from 'node:tls'
import type { CertificateSpec } from '../../model/model.ts'
import type { Snapshot } from '../../snapshot/snapshot.ts'
import type { TlsProfile } from './listener.ts'
import { type KeyPair, selfSigned } from './self-signed.ts'

/** Chooses the certificate for a server name: the first source that has one, else the self-signed one. */
export class TlsProfiles {
  readonly #sources: readonly { readonly snapshot: Snapshot }[]
  readonly #fallback: TlsProfile
  readonly #made = new WeakMap<CertificateSpec, TlsProfile>()

  constructor(sources: readonly { readonly snapshot: Snapshot }[], fallback: KeyPair) {
    this.#sources = sources
    this.#fallback = { context: tls.createSecureContext(fallback), clientCertificate: 'none' }
  }

  static async withSelfSigned(sources: readonly { readonly snapshot: Snapshot }[], now: Date): Promise<TlsProfiles> {
    return new TlsProfiles(sources, await selfSigned(now))
  }

  profile(serverName: string | null, listener: string): TlsProfile {
    for (const { snapshot } of this.#sources) {
      const certificate = snapshot.certificateFor(serverName ?? '', listener)
      if (certificate === null) continue
      let profile = this.#made.get(certificate)
      if (profile === undefined) {
        profile = {
          context: tls.createSecureContext({ cert: certificate.cert, key: certificate.key }),
          clientCertificate: 'none',
        }
        this.#made.set(certificate, profile)
      }
      return profile
    }
    return this.#fallback
  }
}
