import { quotedString } from '../../base/quoted-string.ts'
import { saltedSha1 } from '../../identity/password/salted-sha1.ts'
import type { Credential } from '../../policy/directory.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { IdentityMemo } from '../../policy/identity-memo.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied } from '../../policy/verdict.ts'
import { type GivenCredentials, givenCredentials } from './credentials.ts'
import { basicauthCredentials, config } from './schema.ts'

const reasons = {
  missing: { code: 'credentials-missing', status: 401, message: 'Unauthorized' },
  malformed: { code: 'credentials-malformed', status: 401, message: 'Unauthorized' },
  unknownUser: { code: 'user-unknown', status: 401, message: 'Unauthorized' },
  wrongPassword: { code: 'password-wrong', status: 401, message: 'Unauthorized' },
} as const

/** The order in which Kong looks. */
const HEADERS = ['proxy-authorization', 'authorization'] as const

/** Compared with when the user is unknown, so that a name that exists can't be told by its time. */
const NOBODY = { consumerId: '00000000-0000-0000-0000-000000000000', password: '0'.repeat(40) }

export const basicAuth = definePolicy({
  name: 'basic-auth',
  phase: 'identify',
  summary: 'Identify a consumer by name and password.',
  config,
  reasons,
  entities: [basicauthCredentials],
  consumerScope: false,
  compile({ hide_credentials, realm }, { directory, registry }) {
    const memo = IdentityMemo.of(registry, 'basic-auth', directory)
    const challenge = `Basic realm=${quotedString(realm)}`
    const missing = denied(reasons.missing, { challenge })
    const malformed = denied(reasons.malformed, { challenge })
    const unknownUser = denied(reasons.unknownUser, { challenge })
    const wrongPassword = denied(reasons.wrongPassword, { challenge })

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

    return {
      request: function identifyByPassword(exchange) {
        if (HEADERS.every((name) => exchange.header(name) === undefined)) return missing
        const { given, credential } = look(exchange)
        if (given === null) return malformed
        if (credential === null || credential.consumer === null) {
          saltedSha1.matches(given.password, NOBODY.consumerId, NOBODY.password)
          return unknownUser
        }
        const { consumer, id, fields } = credential
        if (!saltedSha1.matches(given.password, consumer.id, String(fields['password']))) return wrongPassword
        return memo.identified(credential, consumer, () => ({
          policy: 'basic-auth',
          consumer,
          credential: { id, identifier: given.username, stamp: credential.stamp },
          claims: null,
          groups: null,
          scopes: null,
          anonymous: false,
        }))
      },
    }
  },
})
