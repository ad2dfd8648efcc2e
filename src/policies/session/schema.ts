import type { z } from 'zod'
import { flag, integer, number, oneOf, optional, record, set, text } from '../../policy/fields.ts'
import type { EntityDefinition } from '../../policy/policy.ts'

const SHOWN = ['id', 'audience', 'subject', 'timeout', 'idling-timeout', 'rolling-timeout', 'absolute-timeout'] as const
export type Shown = (typeof SHOWN)[number]

const seconds = (otherwise: number, what: string) =>
  number(0, 2 ** 31)
    .default(otherwise)
    .describe(what)

export const config = record({
  secret: optional(text().meta({ auto: true, secret: true, referenceable: true })).describe(
    'What cookies are sealed with. Whoever has it can be anybody.',
  ),
  storage: oneOf('cookie', 'kong')
    .default('cookie')
    .describe('Where sessions are kept: `cookie`, in the cookie itself; `kong`, in the store.'),
  audience: text().default('default').describe('For whom sessions are good; others do not take them.'),
  idling_timeout: seconds(900, 'Seconds without a request after which a session is over; 0: never.'),
  rolling_timeout: seconds(3600, 'Seconds after which a session has to be renewed by use; 0: never.'),
  absolute_timeout: seconds(86_400, 'Seconds after which a session is over whatever happens; 0: never.'),
  stale_ttl: number().default(10).describe('Seconds for which a stored session that was renewed stays good.'),
  cookie_name: text().default('session').describe('Name of the cookie.'),
  cookie_path: text().default('/').describe('Path for which browsers send the cookie.'),
  cookie_domain: optional(text()).describe('Domain for which browsers send the cookie; null: this host only.'),
  cookie_same_site: oneOf('Strict', 'Lax', 'None', 'Default')
    .default('Strict')
    .describe('When browsers send the cookie with requests from other sites.'),
  cookie_http_only: flag().default(true).describe('Keep the cookie from scripts.'),
  cookie_secure: flag().default(true).describe('Send the cookie by TLS only.'),
  remember: flag().default(false).describe('Give a second cookie too that outlives the browser.'),
  remember_cookie_name: text().default('remember').describe('Name of that cookie.'),
  remember_rolling_timeout: seconds(604_800, 'Seconds after which that cookie has to be renewed by use; 0: never.'),
  remember_absolute_timeout: seconds(2_592_000, 'Seconds after which that cookie is over; 0: never.'),
  response_headers: optional(set(oneOf(...SHOWN))).describe('What the caller is told of the session, as `Session-*`.'),
  request_headers: optional(set(oneOf(...SHOWN))).describe('What the service is told of the session, as `Session-*`.'),
  read_body_for_logout: flag()
    .default(false)
    .describe('Look for the word for logging out in form and JSON bodies too.'),
  logout_methods: set(oneOf('GET', 'POST', 'DELETE'))
    .default(['POST', 'DELETE'])
    .describe('Methods by which a session can be ended.'),
  logout_query_arg: text().default('session_logout').describe('Query argument that ends the session.'),
  logout_post_arg: text().default('session_logout').describe('Member of a body that ends the session.'),
  hash_subject: flag()
    .default(false)
    .meta({ whenGiven: true })
    .describe('Tell a digest of the subject in place of it.'),
  store_metadata: flag()
    .default(false)
    .meta({ whenGiven: true })
    .describe('Keep a list of sessions; for `storage: kong` only.'),
})
export type Config = z.infer<typeof config>

/** A session that is kept in the store. */
export const sessions: EntityDefinition = {
  kind: 'sessions',
  lookup: 'session_id',
  expires: true,
  schema: record({
    session_id: text().meta({ unique: true }).describe('A digest of what the cookie holds.'),
    expires: optional(integer()).describe('When the session is over at the latest, in seconds since the epoch.'),
    data: optional(text().meta({ secret: true })).describe('The session, sealed.'),
  }),
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const ATTRIBUTE = /^[\x21-\x3a\x3c-\x7e]+$/

export function check(given: Config): Record<string, string | string[]> {
  for (const field of ['cookie_name', 'remember_cookie_name'] as const) {
    if (!TOKEN.test(given[field])) return { [field]: 'not the name of a cookie' }
  }
  for (const field of ['cookie_path', 'cookie_domain'] as const) {
    if (given[field] !== null && !ATTRIBUTE.test(given[field])) return { [field]: 'not an attribute of a cookie' }
  }
  if (given.remember && given.cookie_name === given.remember_cookie_name) {
    return { remember_cookie_name: 'must differ from cookie_name' }
  }
  return {}
}
