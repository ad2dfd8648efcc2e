import { quotedString } from '../../base/quoted-string.ts'
import { type SecretCheck, SecretChecks } from '../../identity/password/secret-checks.ts'
import type { Credential } from '../../policy/directory.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { IdentityMemo } from '../../policy/identity-memo.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, type Verdict } from '../../policy/verdict.ts'
import { type GivenCredentials, givenCredentials } from './credentials.ts'
import { Passwords } from './passwords.ts'
import { basicauthCredentials, config } from './schema.ts'

const reasons = {
  missing: { code: 'credentials-missing', status: 401, message: 'Unauthorized' },
  malformed: { code: 'credentials-malformed', status: 401, message: 'Unauthorized' },
  unknownUser: { code: 'user-unknown', status: 401, message: 'Unauthorized' },
  wrongPassword: { code: 'password-wrong', status: 401, message: 'Unauthorized' },
  busy: { code: 'hashing-busy', status: 503, message: 'Too many passwords are being checked at once' },
} as const

/** The order in which Kong looks. */
const HEADERS = ['proxy-authorization', 'authorization'] as const

export const basicAuth = definePolicy({
  name: 'basic-auth',
  phase: 'identify',
  summary: 'Identify a consumer by name and password.',
  config,
  reasons,
  entities: [basicauthCredentials],
  consumerScope: false,
  compile({ hide_credentials, realm }, { directory, registry, entities, useId, exact }) {
    const checks = registry.get('secret-checks', () => new SecretChecks())
    const passwords = registry.get(`passwords:${useId}`, () => new Passwords(checks, entities, !exact.has('passwords')))
    const memo = IdentityMemo.of(registry, 'basic-auth', directory)
    const challenge = `Basic realm=${quotedString(realm)}`
    const missing = denied(reasons.missing, { challenge })
    const malformed = denied(reasons.malformed, { challenge })
    const unknownUser = denied(reasons.unknownUser, { challenge })
    const wrongPassword = denied(reasons.wrongPassword, { challenge })
    const busy = denied(reasons.busy)

    /** Looks into the headers in order and stops at the first that names a known user. */
    function look(exchange: Exchange): { given: GivenCredentials | null; credential: Credential | null } {
      let given: GivenCredentials | null = null
      for (const name of HEADERS) {
        const value = exchange.header(name)
        given = value === undefined ? given : (givenCredentials(value) ?? given)
        if (hide_credentials) exchange.dropHeader(name)
        const credential = given && directory.credential(basicauthCredentials.kind, given.username)
        if (credential !== null) return { given, credential }
      }
      return { given, credential: null }
    }

    function judged(check: SecretCheck, { username }: GivenCredentials, credential: Credential | null): Verdict {
      if (check === 'busy') return busy
      if (credential === null || credential.consumer === null) return unknownUser
      if (check === 'bad') return wrongPassword
      const { consumer, id, stamp } = credential
      return memo.identified(credential, consumer, () => ({
        policy: 'basic-auth',
        consumer,
        credential: { id, identifier: username, stamp },
        claims: null,
        groups: null,
        scopes: null,
        anonymous: false,
      }))
    }

    return {
      request: function identifyByPassword(exchange) {
        if (HEADERS.every((name) => exchange.header(name) === undefined)) return missing
        const { given, credential } = look(exchange)
        if (given === null) return malformed
        const check = passwords.check(credential, given.password)
        return check instanceof Promise
          ? check.then((late) => judged(late, given, credential))
          : judged(check, given, credential)
      },
    }
  },
})
