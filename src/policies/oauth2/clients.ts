import { pbkdf2Sha512 } from '../../identity/password/pbkdf2-sha512.ts'
import { sameSecret } from '../../identity/password/same-secret.ts'
import type { SecretCheck, SecretChecks } from '../../identity/password/secret-checks.ts'
import type { Credential, Directory } from '../../policy/directory.ts'
import type { OwnEntities } from '../../policy/entities.ts'
import { clients } from './schema.ts'

/** An application that may ask for tokens, as its row has it. */
export interface Client {
  readonly row: Credential
  readonly isPublic: boolean
  /** Null for one that takes part in no flow with a browser. */
  readonly redirectUris: readonly string[] | null
}

export function clientWithId(directory: Directory, clientId: string | undefined): Client | null {
  const row = clientId ? directory.credential(clients.kind, clientId) : null
  if (row === null) return null
  const uris = row.fields['redirect_uris']
  return {
    row,
    isPublic: row.fields['client_type'] === 'public',
    redirectUris: Array.isArray(uris) && uris.length > 0 ? uris : null,
  }
}

/** Checks secrets of confidential clients; a row that is hashed by an older measure is hashed anew when it can be. */
export class ClientSecrets {
  readonly #checks: SecretChecks
  readonly #entities: OwnEntities

  constructor(checks: SecretChecks, entities: OwnEntities) {
    this.#checks = checks
    this.#entities = entities
  }

  async check({ row }: Client, secret: string | undefined): Promise<SecretCheck> {
    const stored = row.fields['client_secret']
    if (secret === undefined || typeof stored !== 'string') return 'bad'
    if (row.fields['hash_secret'] !== true) return sameSecret(secret, stored) ? 'good' : 'bad'
    const outcome = await this.#checks.check(pbkdf2Sha512, stored, secret)
    if (outcome === 'good' && !pbkdf2Sha512.isCurrent(stored)) await this.#rehash(row, stored, secret)
    return outcome
  }

  /** Whether it comes about matters to nobody now: the next login tries again. */
  async #rehash({ id }: Credential, stored: string, secret: string): Promise<void> {
    const fields = { client_secret: secret, hash_secret: true }
    await this.#entities.restate(clients.kind, id, { client_secret: stored }, fields)
  }
}
