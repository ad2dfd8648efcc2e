import type { z } from 'zod'
import { readLocalKeys } from '../../identity/key-set/local-keys.ts'
import { flag, integer, list, oneOf, optional, record, secret, text } from '../../policy/fields.ts'

/** One place that tokens are looked for in: exactly one of `header`, `query` and `cookie`. */
const place = record({
  header: optional(text()).describe('A header.'),
  prefix: optional(text()).describe(
    'What stands before the token in that header, wherever it stands: `Bearer `. Null: the whole value is the token.',
  ),
  query: optional(text()).describe('A query argument.'),
  cookie: optional(text()).describe('A cookie.'),
})

const claimToHeader = record({
  claim: text().describe('The claim; a dot leads into a nested object.'),
  header: text().describe('The header that the service gets.'),
})

const tls = record({
  ca: list(text()).default([]).describe('Authorities (PEM) that the server is believed by; the usual ones when empty.'),
  serverName: optional(text()).describe('The name asked for and checked; the host when null.'),
  verify: flag().default(true).describe('False to take any certificate: whoever is between may then put in keys.'),
})

const asyncFetch = record({
  failedRefetchMs: integer(1, 2 ** 31 - 1)
    .default(1000)
    .describe('How long to wait after a fetch that failed.'),
  fastListener: flag().default(false).describe('Serve before the first fetch is over.'),
})

const retry = record({
  retries: integer(0, 100).default(1).describe('How many more attempts there are.'),
  baseMs: integer(1, 2 ** 31 - 1)
    .default(1000)
    .describe('The longest wait before the first of them; twice as long before each further one.'),
  maxMs: optional(integer(1, 2 ** 31 - 1)).describe('The longest wait of all; ten times the first when null.'),
})

const remote = record({
  url: text().describe('Where the key set is. Host and path are what is asked for; `host` and `port` say where.'),
  host: text().describe('Where to connect to.'),
  port: integer(1, 65_535).describe('The port there.'),
  tls: optional(tls).describe('How to speak TLS with it; null for plain HTTP, whatever the URL says.'),
  cacheMs: integer(1, 2 ** 31 - 1)
    .default(600_000)
    .describe('How long a key set is good for.'),
  async: optional(asyncFetch).describe('Fetch in the background; null to fetch when a request needs the keys.'),
  retry: optional(retry).describe('Try again when the server can not answer; null for one attempt.'),
})

const keys = record({
  local: optional(secret()).describe('A JSON Web Key Set, a JSON Web Key, or a public key in PEM.'),
  remote: optional(remote).describe('A server that has the key set.'),
})

const provider = record({
  name: text().describe('A name of its own. Providers are asked in the order of their names.'),
  issuer: optional(text()).describe('The `iss` that tokens must have; null for any.'),
  audiences: list(text())
    .default([])
    .describe('One of these must be among the `aud` of a token; any when empty. `http(s)://` and a last `/` are cut.'),
  from: list(place)
    .default([])
    .describe('Where tokens are; `Bearer ` in Authorization and the query argument `access_token` when empty.'),
  claimsToHeaders: list(claimToHeader).default([]).describe('Claims that the service gets in headers.'),
  forwardToken: flag().default(false).describe('Leave a good token in the request.'),
  metadataKey: text().default('payload').describe('What later policies find the claims under.'),
  keys: keys.describe("The issuer's keys: exactly one of `local` and `remote`."),
})

export const config = record({
  validationMode: oneOf('strict', 'allow-missing')
    .default('strict')
    .describe('Whether a request without a token is refused or passes as nobody.'),
  matchAgain: flag()
    .default(false)
    .describe('Choose the route anew once claims are in headers, so that routes can be matched by claims.'),
  requireAll: flag().default(false).describe('Every provider must accept the request, not just one of them.'),
  providers: list(provider).describe('Who issues tokens, and what they must look like.'),
})

export type Config = z.infer<typeof config>
export type Provider = Config['providers'][number]
export type Place = Provider['from'][number]
export type RemoteKeys = NonNullable<Provider['keys']['remote']>

/** Headers that say where a message ends or goes: a claim must never decide that. */
const FRAMING = new Set(
  'connection content-length host keep-alive proxy-connection te trailer transfer-encoding upgrade expect'.split(' '),
)
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

export function check({ providers }: Config): Record<string, string | string[]> {
  const problems: Record<string, string> = {}
  if (providers.length === 0) problems['providers'] = 'name at least one provider: nobody could get in'
  const names = new Set<string>()
  for (const [n, provider] of providers.entries()) {
    const at = `providers.${n}`
    if (names.has(provider.name)) problems[`${at}.name`] = `there are two providers of the name '${provider.name}'`
    names.add(provider.name)
    for (const [m, place] of provider.from.entries()) {
      const problem = placeProblem(place)
      if (problem !== null) problems[`${at}.from.${m}`] = problem
    }
    for (const [m, { header }] of provider.claimsToHeaders.entries()) {
      const problem = headerProblem(header)
      if (problem !== null) problems[`${at}.claimsToHeaders.${m}.header`] = problem
    }
    const problem = keysProblem(provider.keys)
    if (problem !== null) problems[`${at}.keys`] = problem
  }
  return problems
}

function placeProblem({ header, prefix, query, cookie }: Place): string | null {
  const named = [header, query, cookie].filter((name) => name !== null)
  if (named.length !== 1) return "exactly one of these fields must be non-empty: 'header', 'query', 'cookie'"
  if (prefix !== null && header === null) return "'prefix' goes with 'header' only"
  return header !== null && !HEADER_NAME.test(header) ? `'${header}' can not be the name of a header` : null
}

function headerProblem(header: string): string | null {
  if (!HEADER_NAME.test(header)) return `'${header}' can not be the name of a header`
  return FRAMING.has(header.toLowerCase()) ? `header '${header}' belongs to the connection` : null
}

function keysProblem({ local, remote }: Provider['keys']): string | null {
  if ((local === null) === (remote === null)) return "exactly one of these fields must be non-empty: 'local', 'remote'"
  if (remote !== null) return URL.canParse(remote.url) ? null : `'${remote.url}' is no URL`
  const read = readLocalKeys(local ?? '')
  return 'problem' in read ? `local: ${read.problem}` : null
}

/** Where Envoy looks unless told. */
export const DEFAULT_PLACES: readonly Place[] = [
  { header: 'authorization', prefix: 'Bearer ', query: null, cookie: null },
  { header: null, prefix: null, query: 'access_token', cookie: null },
]

/** What stands in a configuration as it was written, where defaults may not be filled in. */
type Written = { readonly providers: readonly Partial<Provider>[] }

export function placesOf({ from = [] }: Partial<Provider>): readonly Place[] {
  return from.length === 0 ? DEFAULT_PLACES : from
}

/**
 * The headers that services read claims from. `Authorization` and `Cookie` are not among them, although a claim may go
 * there: they are every client's own on all other routes, and here the handler takes them away.
 */
export function identityHeaders({ providers }: Written): readonly string[] {
  const names = providers.flatMap(({ claimsToHeaders = [] }) =>
    claimsToHeaders.map(({ header }) => header.toLowerCase()),
  )
  return [...new Set(names)].filter((name) => name !== 'authorization' && name !== 'cookie')
}

export function credentialNames({ providers }: Written): { readonly headers: string[]; readonly query: string[] } {
  const places = providers.flatMap(placesOf)
  const named = (names: (string | null | undefined)[]) => [...new Set(names.filter((name) => typeof name === 'string'))]
  return {
    headers: named(places.map(({ header }) => header?.toLowerCase())),
    query: named(places.map(({ query }) => query)),
  }
}

/** Keys that are fetched in the background are to be there before the first request. */
export function startsAtOnce({ providers }: Written): boolean {
  return providers.some(({ keys }) => (keys?.remote?.async ?? null) !== null)
}
