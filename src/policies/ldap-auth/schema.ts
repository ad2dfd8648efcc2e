import { isIP } from 'node:net'
import type { z } from 'zod'
import { flag, integer, number, optional, record, text } from '../../policy/fields.ts'

export const config = record({
  ldap_host: text()
    .superRefine((host, context) => {
      const message = hostProblem(host)
      if (message !== null) context.addIssue({ code: 'custom', message })
    })
    .describe('Host name or address of the LDAP server.'),
  ldap_port: integer(0, 65_535).default(389).describe('Port of the LDAP server; with `ldaps` 636, as a rule.'),
  ldaps: flag().default(false).describe('Speak TLS from the first byte on.'),
  start_tls: flag().default(false).describe('Begin in the clear and change over to TLS before anything is said.'),
  verify_ldap_host: flag()
    .default(false)
    .describe("Verify the server's certificate and name. Without it anybody in between reads every password."),
  base_dn: text().describe('Name of the entry below which users are, e.g. `ou=people,dc=example,dc=com`.'),
  attribute: text().describe('Attribute that user names are values of, e.g. `uid`.'),
  cache_ttl: number()
    .default(60)
    .describe('Seconds for which an answer of the server is remembered, good or bad; 0: not.'),
  hide_credentials: flag().default(false).describe('Remove the credentials before the request goes to the service.'),
  timeout: number()
    .default(10_000)
    .describe('Milliseconds that connecting, changing over to TLS, or an answer may take.'),
  keepalive: number().default(60_000).describe('Milliseconds that an unused connection is kept for.'),
  anonymous: optional(text()).describe('Id or username of the consumer that stands in for a caller who is not known.'),
  header_type: text().default('ldap').describe('Scheme in front of the credentials, and in the challenge.'),
  realm: optional(text()).describe('Realm told in the challenge.'),
})
export type Config = z.infer<typeof config>

export function check({ ldaps, start_tls, timeout, keepalive }: Config): Record<string, string | string[]> {
  if (ldaps && start_tls) return { '@entity': ["'ldaps' and 'start_tls' cannot be enabled simultaneously"] }
  if (timeout <= 0) return { timeout: 'expected more than 0 milliseconds' }
  return keepalive < 0 ? { keepalive: 'expected 0 or more milliseconds' } : {}
}

function hostProblem(host: string): string | null {
  if (isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0 || /^[0-9A-Za-z._-]+$/.test(host)) return null
  return /:\d+$/.test(host) ? 'must not have a port' : `invalid value: ${host}`
}
