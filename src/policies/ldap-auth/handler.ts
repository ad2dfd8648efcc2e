import { quotedString } from '../../base/quoted-string.ts'
import { type CompiledPolicy, definePolicy, type Tools } from '../../policy/policy.ts'
import { denied, type Verdict } from '../../policy/verdict.ts'
import { type Dial, dialer } from './connection.ts'
import { type GivenCredentials, givenCredentials } from './credentials.ts'
import { type Answer, LdapServer } from './ldap-server.ts'
import { type Config, check, config } from './schema.ts'

const reasons = {
  missing: { code: 'credentials-missing', status: 401, message: 'Unauthorized' },
  malformed: { code: 'credentials-malformed', status: 401, message: 'Unauthorized' },
  wrong: { code: 'credentials-wrong', status: 401, message: 'Unauthorized' },
  unreachable: { code: 'server-unreachable', status: 500, message: 'An unexpected error occurred' },
} as const

/** The order in which Kong looks. */
const HEADERS = ['proxy-authorization', 'authorization'] as const

export const ldapAuth = definePolicy({
  name: 'ldap-auth',
  phase: 'identify',
  summary: 'Let callers in whose name and password an LDAP server accepts.',
  config,
  check,
  reasons,
  consumerScope: false,
  compile: (given, tools) => compileLdapAuth(given, tools),
})

/** @param dial how the server is reached; for tests. */
export function compileLdapAuth(given: Config, tools: Tools, dial: Dial = dialer(given)): CompiledPolicy {
  const { hide_credentials, header_type, realm } = given
  // a plain `ldap` is told in capitals; every other scheme as it was written
  const told = header_type === 'ldap' ? 'LDAP' : header_type
  const challenge = realm === null ? told : `${told} realm=${quotedString(realm)}`
  const missing = denied(reasons.missing, { challenge })
  const malformed = denied(reasons.malformed, { challenge })
  const wrong = denied(reasons.wrong, { challenge })
  const scheme = header_type.toLowerCase()
  const shared = sharedServer(given, tools, dial)
  shared.users++

  const unreachable = (error: unknown) =>
    denied(reasons.unreachable, { log: error instanceof Error ? error.message : String(error) })

  /** Asks for one after the other until one is good. Synchronous while answers are remembered. */
  function judge(found: readonly GivenCredentials[], now: number, hide: () => void): Verdict | Promise<Verdict> {
    for (const [index, credentials] of found.entries()) {
      const answer = shared.server.answerFor(credentials, now)
      if (answer instanceof Promise) {
        return answer.then(
          (late) => (late === null ? judge(found.slice(index + 1), now, hide) : accepted(late, hide)),
          unreachable,
        )
      }
      if (answer !== null) return accepted(answer, hide)
    }
    return wrong
  }

  function accepted(answer: NonNullable<Answer>, hide: () => void): Verdict {
    if (hide_credentials) hide()
    return answer
  }

  return {
    request: function identifyByBind(exchange) {
      const values = HEADERS.map((name) => exchange.header(name)).filter((value) => value !== undefined)
      if (values.length === 0) return missing
      const found = values.map((value) => givenCredentials(value, scheme)).filter((each) => each !== null)
      if (found.length === 0) return malformed
      return judge(found, exchange.now, () => {
        for (const name of HEADERS) exchange.dropHeader(name)
      })
    },
    dispose: () => release(shared, tools),
  }
}

interface SharedServer {
  readonly key: string
  readonly server: LdapServer
  /** Policy uses that ask it. */
  users: number
}

/** Uses that ask the same server alike share its connections and answers, and a recompile finds both again. */
function sharedServer(given: Config, { registry }: Tools, dial: Dial): SharedServer {
  const { hide_credentials, anonymous, header_type, realm, ...asked } = given
  const key = `ldap-auth ${JSON.stringify(asked)}`
  const make = (): SharedServer => ({ key, server: new LdapServer(given, dial), users: 0 })
  return registry.get(key, make, ({ server }) => server.end())
}

function release(shared: SharedServer, { registry }: Tools): void {
  shared.users--
  if (shared.users > 0) return
  shared.server.end()
  registry.drop(shared.key)
}
