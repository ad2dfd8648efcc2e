/** CEL rules behind a token, and without one. */
import { hmacSigner, keySet, token } from '../../../../src/policies/jwt-authn/testkit.ts'
import type { Ask, Config, RbacSpec } from '../case.ts'

const a = hmacSigner('a')
const PAYLOAD = "metadata.filter_metadata['envoy.filters.http.jwt_authn']['payload']"
const claims = {
  ...{
    iss: 'me',
    sub: 'alice',
    team: 'dev',
    age: 42,
    part: 1.5,
    admin: true,
    groups: ['a', 'b'],
    org: { name: 'acme' },
  },
  ...{ scope: 'read write', nothing: null, email: 'dev2@kgateway.io' },
}
const text = token(a, claims)
const other = token(a, { iss: 'me', sub: 'bob', team: 'ops', age: 7, groups: [] })
const lines = (of: string, ...more: string[]) => [...more, `Authorization: Bearer ${of}`]

const asks: readonly Ask[] = [
  { sentence: 'alice', lines: lines(text) },
  { sentence: 'bob', lines: lines(other) },
  { sentence: 'nobody' },
  {
    sentence: 'alice, with headers',
    lines: lines(text, 'X-My-Header: cool-beans', 'X-Deny-Me: true', 'X-Two: a', 'X-Two: b'),
  },
  {
    sentence: 'alice, POST with a query',
    method: 'POST',
    target: '/admin/x?a=b',
    lines: lines(text, 'Content-Length: 0'),
  },
]

const expressions: [name: string, ...expressions: string[]][] = [
  ['team', `${PAYLOAD}['team'] == 'dev'`],
  ['dot', `${PAYLOAD}.team == 'dev'`],
  ['either', `${PAYLOAD}['team'] == 'x'`, `${PAYLOAD}['sub'] == 'alice'`],
  ['email', `${PAYLOAD}['email'] == 'dev2@kgateway.io'`],
  ['in-list', `'a' in ${PAYLOAD}['groups']`],
  ['in-text', `${PAYLOAD}['scope'].contains('read')`],
  ['contains-of-list', `${PAYLOAD}['groups'].contains('a')`],
  ['nested', `${PAYLOAD}['org']['name'] == 'acme'`],
  ['number', `${PAYLOAD}['age'] > 18.0`],
  ['number-int', `${PAYLOAD}['age'] == 42`],
  ['bool', `${PAYLOAD}['admin']`],
  ['text-as-bool', `${PAYLOAD}['team']`],
  ['null', `${PAYLOAD}['nothing'] == null`],
  ['has', `has(${PAYLOAD}.admin)`],
  ['has-not', `!has(${PAYLOAD}.admin)`],
  ['or', `${PAYLOAD}['none'] == 'x' || ${PAYLOAD}['team'] == 'dev'`],
  ['and', `${PAYLOAD}['team'] == 'dev' && ${PAYLOAD}['none'] == 'x'`],
  ['not', `!(${PAYLOAD}['team'] == 'dev')`],
  ['size', `size(${PAYLOAD}['groups']) == 2`],
  ['index', `${PAYLOAD}['groups'][0] == 'a'`],
  ['matches', `${PAYLOAD}['sub'].matches('^a.*e$')`],
  ['starts', `${PAYLOAD}['iss'].startsWith('m') && ${PAYLOAD}['iss'].endsWith('e')`],
  ['ternary', `${PAYLOAD}['age'] > 18.0 ? request.method == 'GET' : false`],
  ['header', "request.headers['x-my-header'] == 'cool-beans'"],
  ['header-deny', "request.headers['x-deny-me'] == 'true'"],
  ['header-two', "request.headers['x-two'] == 'a,b'"],
  ['header-in', "'x-my-header' in request.headers"],
  ['path', "request.path == '/p'"],
  ['url-path', "request.url_path.startsWith('/admin/')"],
  ['query', "request.query == 'a=b'"],
  ['method', "request.method in ['GET', 'HEAD']"],
  ['host', "request.host.endsWith('.test')"],
  ['scheme', "request.scheme == 'http' && request.protocol == 'HTTP/1.1'"],
  ['source', "source.address.startsWith('127.')"],
  ['auth-claims', "request.auth.claims.groups == 'group1'"],
  ['true', 'true'],
  ['false', 'false'],
  ['divided-by-zero', '1 / 0 == 1'],
]

const optional = {
  validationMode: 'AllowMissing',
  providers: [{ name: 'p', jwks: { local: { inline: keySet(a) } } }],
} as const
const config = (name: string, action: RbacSpec['action'], matchExpressions: readonly string[]): Config => ({
  name,
  jwt: optional,
  rbac: { ...(action === undefined ? {} : { action }), policy: { matchExpressions } },
  asks,
})

export const rbacConfigs: readonly Config[] = expressions.flatMap(([name, ...list]) => [
  config(`allow-${name}`, undefined, list),
  config(`deny-${name}`, 'Deny', list),
])
