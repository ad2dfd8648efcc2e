import type { z } from 'zod'
import { integer, oneOf, optional, record, text } from '../../policy/fields.ts'

export const config = record({
  scheme: optional(text()).describe('Scheme to send the caller to; the request’s own left out.'),
  hostname: optional(text()).describe('Host name to send the caller to; that of the request, with its port, left out.'),
  port: optional(integer(1, 65_535)).describe('Port to send the caller to. Left out, a `hostname` stands without one.'),
  path: optional(
    record({
      kind: oneOf('full', 'prefix').describe('Replace the whole path, or the matched prefix of it.'),
      value: text().describe('What takes its place. A whole path may bring its own query.'),
      prefix: text().default('/').describe('The prefix that the route matched; for the kind `prefix`.'),
    }),
  ).describe('Another path; the query stays.'),
  status: integer(301, 308).default(302).describe('Status of the answer: 301, 302, 303, 307 or 308.'),
})
export type Config = z.infer<typeof config>

const STATUSES = [301, 302, 303, 307, 308]

export function check({ scheme, hostname, path, status }: Config): Record<string, string> {
  const problems: Record<string, string> = {}
  if (!STATUSES.includes(status)) problems['status'] = `must be one of ${STATUSES.join(', ')}`
  if (scheme !== null && !/^[A-Za-z][A-Za-z0-9+.-]*$/.test(scheme)) problems['scheme'] = 'is no scheme'
  if (hostname !== null && !/^[A-Za-z0-9.:[\]_-]+$/.test(hostname)) problems['hostname'] = 'is no host name'
  if (path !== null && !/^\/?[\x21-\x7e]*$/.test(path.value))
    problems['path.value'] = 'must be printable ASCII, escaped'
  return problems
}
