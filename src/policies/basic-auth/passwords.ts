import { saltedSha1 } from '../../identity/password/salted-sha1.ts'
import { scryptPassword } from '../../identity/password/scrypt.ts'
import type { SecretCheck, SecretChecks } from '../../identity/password/secret-checks.ts'
import type { Credential } from '../../policy/directory.ts'
import type { OwnEntities } from '../../policy/entities.ts'
import { basicauthCredentials } from './schema.ts'

/** Tried against when there is no user of that name. Nobody knows what it is the hash of. */
const NOBODY = `$scrypt$ln=14,r=8,p=5$${'A'.repeat(22)}$${'A'.repeat(43)}`
const NOBODY_ID = '00000000-0000-0000-0000-000000000000'

/**
 * Checks passwords of one directory. Rows in Kong's form (SHA-1) are compared at once, and hashed anew when their
 * password was right and there is somewhere to write; from the first row in the modern form on, whatever is refused takes
 * as long as a slow hash, so that neither a name that exists nor the age of its row can be told by the time.
 */
export class Passwords {
  readonly #checks: SecretChecks
  readonly #entities: OwnEntities
  readonly #rehashes: boolean
  /** Rows that were or are being hashed anew, or can't be. */
  readonly #tried = new Set<string>()
  #isSlow = false

  /** @param rehashes false to leave rows in Kong's form. */
  constructor(checks: SecretChecks, entities: OwnEntities, rehashes: boolean) {
    this.#checks = checks
    this.#entities = entities
    this.#rehashes = rehashes
  }

  /** @param row null when nobody has that name. */
  check(row: Credential | null, password: string): SecretCheck | Promise<SecretCheck> {
    if (row === null || row.consumer === null) {
      saltedSha1.matches(password, NOBODY_ID, '0'.repeat(40))
      return this.#refused(password)
    }
    const stored = String(row.fields['password'])
    if (scryptPassword.isStored(stored)) {
      this.#isSlow = true
      return this.#checks.check(scryptPassword, stored, password)
    }
    if (!saltedSha1.matches(password, row.consumer.id, stored)) return this.#refused(password)
    if (this.#rehashes && !this.#tried.has(row.id)) this.#rehash(row, stored, password)
    return 'good'
  }

  #refused(password: string): SecretCheck | Promise<SecretCheck> {
    return this.#isSlow ? this.#checks.check(scryptPassword, NOBODY, password) : 'bad'
  }

  /** Behind the request, which waits for none of it. Whether it comes about matters to nobody now. */
  #rehash(row: Credential, stored: string, password: string): void {
    if (this.#tried.size >= MOST_TRIED) this.#tried.clear()
    this.#tried.add(row.id)
    this.#checks
      .hash(() => scryptPassword.hash(password))
      // Somebody may have changed the password while that took its time, and the old one must not come back; and where it
      // comes from a vault, the reference is what stays.
      ?.then((hash) =>
        this.#entities.restate(basicauthCredentials.kind, row.id, { password: stored }, { password: hash }),
      )
      .catch(() => {})
  }
}

const MOST_TRIED = 100_000
