import { createHmac, hash, randomBytes } from 'node:crypto'
import { BoundedMap } from '../../base/bounded-map.ts'
import { type Identified, identified } from '../../policy/verdict.ts'
import type { BindAnswer, Dial } from './connection.ts'
import { ConnectionPool } from './connection-pool.ts'
import type { GivenCredentials } from './credentials.ts'
import type { Config } from './schema.ts'
import { foldedName, userEntry } from './user-entry.ts'

/** Who it is, or null for nobody. */
export type Answer = Identified | null

/** Answers remembered; the oldest make room. */
const ANSWERS = 20_000
const CONNECTIONS = 32
const WAITING = 2048

/** An LDAP server as one config describes it: asked by bind, its answers remembered. */
export class LdapServer {
  readonly #config: Config
  readonly #pool: ConnectionPool
  readonly #known = new BoundedMap<{ readonly answer: Answer; readonly until: number }>(ANSWERS)
  readonly #underway = new Map<string, Promise<Answer>>()
  /** Of this process alone: what is kept of a password is worth nothing elsewhere. */
  readonly #key = randomBytes(32)

  constructor(config: Config, dial: Dial) {
    this.#config = config
    this.#pool = new ConnectionPool(dial, {
      ...{ keepaliveMs: config.keepalive, waitMs: config.timeout, connections: CONNECTIONS, waiting: WAITING },
    })
  }

  /**
   * Answers at once from memory, else asks. Requests with the same credentials at the same time ask once.
   * @param now milliseconds since the epoch.
   * @throws Error when the server can't be asked.
   */
  answerFor(given: GivenCredentials, now: number): Answer | Promise<Answer> {
    const digest = createHmac('sha256', this.#key)
      .update(JSON.stringify([given.username, given.password]))
      .digest('base64')
    const known = this.#known.get(digest)
    if (known !== undefined && now < known.until) return known.answer
    let answer = this.#underway.get(digest)
    if (answer === undefined) {
      answer = this.#ask(given, digest, now).finally(() => this.#underway.delete(digest))
      this.#underway.set(digest, answer)
    }
    return answer
  }

  async #ask({ username, password }: GivenCredentials, digest: string, now: number): Promise<Answer> {
    const { attribute, base_dn, cache_ttl } = this.#config
    const said: BindAnswer = await this.#pool.bind(userEntry(attribute, username, base_dn), password)
    const answer = said === 'good' ? this.#identity(username) : null
    if (said !== 'unsure' && cache_ttl > 0) this.#known.set(digest, { answer, until: now + cache_ttl * 1000 })
    return answer
  }

  #identity(username: string): Identified {
    const { ldap_host, ldap_port, base_dn, attribute } = this.#config
    // not made of the password, and the same for every spelling of a name: limits are counted by it
    const id = hash('sha256', JSON.stringify([ldap_host, ldap_port, base_dn, attribute, foldedName(username)]))
    return identified({
      policy: 'ldap-auth',
      consumer: null,
      credential: { id, identifier: username },
      claims: null,
      groups: null,
      scopes: null,
      anonymous: false,
    })
  }

  end(): void {
    this.#pool.end()
  }
}
