import { createHash, timingSafeEqual } from 'node:crypto'
import { quotedString } from '../../base/quoted-string.ts'
import { wireText } from '../../base/wire-text.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { definePolicy } from '../../policy/policy.ts'
import type { Reason } from '../../policy/reason.ts'
import { requestTarget } from '../../policy/request-path.ts'
import { type Denied, denied, next } from '../../policy/verdict.ts'
import { credentialsIn } from './credentials.ts'
import { check, config } from './schema.ts'
import { readUsers } from './users.ts'

const failure = (code: string, why: string) => ({ code, status: 401, message: `User authentication failed. ${why}` })

const reasons = {
  missing: failure('credentials-missing', 'Missing username and password.'),
  scheme: failure('scheme-unexpected', "Expected 'Basic' authentication scheme."),
  malformed: failure('credentials-malformed', 'Invalid basic credential format.'),
  wrong: failure('password-wrong', 'Invalid username/password combination.'),
}

/** What an unknown name is compared with, so that it takes as long as a wrong password. */
const NOBODY = Buffer.alloc(20)

export const htpasswdAuth = definePolicy({
  name: 'htpasswd-auth',
  phase: 'identify',
  summary: 'Let in whoever knows a name and password of an htpasswd file.',
  config,
  check,
  reasons,
  consumerScope: false,
  compile({ users }) {
    const { digests } = readUsers(users)

    return {
      request: function checkPassword(exchange) {
        const credentials = credentialsIn(exchange.headerValues('authorization'))
        if (credentials === 'missing') return refuse(exchange, reasons.missing)
        if (credentials === 'other-scheme') return refuse(exchange, reasons.scheme)
        if (credentials === 'malformed') return refuse(exchange, reasons.malformed)
        const expected = digests.get(wireText(credentials.name) ?? '')
        const found = createHash('sha1').update(credentials.password).digest()
        const isRight = timingSafeEqual(found, expected ?? NOBODY)
        return isRight && expected !== undefined ? next : refuse(exchange, reasons.wrong)
      },
    }
  },
})

/** The realm is the address that was asked for, as in Envoy. */
function refuse(exchange: Exchange, reason: Reason): Denied {
  const { scheme, host } = exchange
  return denied(reason, { challenge: `Basic realm=${quotedString(`${scheme}://${host}${requestTarget(exchange)}`)}` })
}
