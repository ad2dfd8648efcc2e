import { hash } from 'node:crypto'
import type { Credential, Directory } from '../../policy/directory.ts'
import type { Identity } from '../../policy/identity.ts'

/** The rows that a session stands on: credential, and token where that proved it. Each with a digest of what it said. */
export interface Binding {
  readonly id: string
  readonly digest: string
}

/**
 * A session must not outlive what it was made with: a credential that is taken away or changed (another password) ends
 * it. Stamps say so within one process only, so a session, which outlives restarts, holds digests of the rows.
 */
export class CredentialBindings {
  readonly #directory: Directory
  /** Digests of rows that were looked at lately. */
  readonly #digests = new WeakMap<Credential, string>()

  constructor(directory: Directory) {
    this.#directory = directory
  }

  /** Of proofs that are no rows (a directory server's word) there is nothing to bind to. */
  of({ credential, proof }: Identity): Binding[] {
    const ids = [...(credential?.stamp ? [credential.id] : []), ...(proof ? [proof.id] : [])]
    return ids.flatMap((id) => {
      const row = this.#directory.credentialWithId(id)
      return row === null ? [] : [{ id, digest: this.#digestOf(row) }]
    })
  }

  /** @returns the first row (the credential), or null where there is none; undefined when one is gone or changed. */
  held(bindings: readonly Binding[], consumerId: string): Credential | null | undefined {
    let first: Credential | null = null
    for (const { id, digest } of bindings) {
      const row = this.#directory.credentialWithId(id)
      if (row === null || row.consumer?.id !== consumerId || this.#digestOf(row) !== digest) return undefined
      first ??= row
    }
    return first
  }

  #digestOf(row: Credential): string {
    let digest = this.#digests.get(row)
    if (digest === undefined) {
      digest = hash('sha256', JSON.stringify(row.fields), 'base64url').slice(0, 22)
      this.#digests.set(row, digest)
    }
    return digest
  }
}
