/** Where tokens are looked for, what becomes of them, and how a refusal is worded. */
import { hmacSigner, keySet, token } from '../../../../src/policies/jwt-authn/testkit.ts'
import type { Ask, Config, JwtSpec, ProviderSpec } from '../case.ts'

const a = hmacSigner('a')
const good = token(a, { iss: 'me', sub: 'alice' })
const bad = `${good.slice(0, -4)}AAAA`
const expired = token(a, { exp: 1 })

const jwt = (more: Partial<ProviderSpec> = {}, validationMode?: JwtSpec['validationMode']): JwtSpec => ({
  ...(validationMode === undefined ? {} : { validationMode }),
  providers: [{ name: 'p', ...more, jwks: { local: { inline: keySet(a) } } }],
})
const auth = (sentence: string, ...values: string[]): Ask => ({
  sentence,
  lines: values.map((value) => `Authorization: ${value}`),
})
const query = (sentence: string, search: string, ...lines: string[]): Ask => ({
  sentence,
  target: `/p?${search}`,
  lines,
})
const header = (sentence: string, name: string, ...values: string[]): Ask => ({
  sentence,
  lines: values.map((value) => `${name}: ${value}`),
})
const bearer = (text: string) => `Authorization: Bearer ${text}`

const inHeader: Ask[] = [
  { sentence: 'nothing' },
  auth('Bearer', `Bearer ${good}`),
  auth('bearer', `bearer ${good}`),
  auth('BEARER', `BEARER ${good}`),
  auth('bearer, a bad token', `bearer ${bad}`),
  auth('Bearer alone', 'Bearer'),
  auth('Bearer and a blank', 'Bearer '),
  auth('Bearer and no token', 'Bearer !!!'),
  auth('several blanks', `Bearer   ${good}`),
  auth('a tab', `Bearer\t${good}`),
  auth('another scheme', 'Basic eDp5'),
  auth('the token alone', good),
  auth('an empty value', ''),
  auth('another scheme first', `Basic x, Bearer ${good}`),
  auth('letters glued before', `xBearer ${good}`),
  auth('a quote before the token', `Bearer "${good}`),
  auth('Bearer twice', `Bearer Bearer ${good}`),
  auth('something behind', `Bearer ${good} x`),
  auth('a comma behind', `Bearer ${good},`),
  auth('two lines', `Bearer ${good}`, `Bearer ${good}`),
  auth('two lines, another scheme first', 'Basic x', `Bearer ${good}`),
  auth('two lines, another scheme last', `Bearer ${good}`, 'Basic x'),
  { sentence: 'a cookie', lines: [`Cookie: access_token=${good}`] },
  { sentence: 'another header', lines: [`X-JWT: ${good}`] },
]

const inQuery: Ask[] = [
  query('the argument', `access_token=${good}`),
  query('the argument between others', `b=1&access_token=${good}&a=2`),
  query('its name escaped', `access%5Ftoken=${good}`),
  query('its value escaped', `access_token=%65${good.slice(1)}`),
  query('a plus before it', `access_token=+${good}`),
  query('empty', 'access_token='),
  query('without a value', 'access_token'),
  query('in another case', `Access_Token=${good}`),
  query('behind a semicolon', `a=1;access_token=${good}`),
  query('twice', `access_token=${good}&access_token=${good}`),
  query('twice, the second bad', `access_token=${good}&access_token=${bad}`),
  query('twice, the first bad', `access_token=${bad}&access_token=${good}`),
  query('with an empty argument', `access_token=${good}&`),
  query('with an escaped ampersand in another', `access_token=${good}&a=%26admin%3Dtrue`),
  query('with a plus in another', `a=b+c&access_token=${good}`),
  query('with an argument without value', `access_token=${good}&c`),
  query('with a question mark in another', `access_token=${good}&x=?y`),
  query('bad', `access_token=${bad}`),
  query('and the header', `access_token=${good}&x=1`, bearer(good)),
  query('bad, and the header', `access_token=${bad}`, bearer(good)),
  query('and a bad header', `access_token=${good}`, bearer(bad)),
  query('expired, and a malformed header', `access_token=${expired}`, bearer('x')),
  query('malformed, and an expired header', 'access_token=x', bearer(expired)),
]

const inOwnHeader: Ask[] = [
  header('the whole value', 'X-JWT', good),
  header('in lower case', 'x-jwt', good),
  header('empty', 'X-JWT', ''),
  header('with a prefix nobody asked for', 'X-JWT', `Bearer ${good}`),
  header('two lines', 'X-JWT', good, good),
  header('two lines, the first bad', 'X-JWT', bad, good),
  header('two lines, the second bad', 'X-JWT', good, bad),
  header('two lines, both wrong', 'X-JWT', expired, 'x'),
  header('two in one line', 'X-JWT', `${good},${good}`),
  auth('in the default place', `Bearer ${good}`),
  query('in the default argument', `access_token=${good}`),
  { sentence: 'in both, the default bad', lines: [`X-JWT: ${good}`, bearer(bad)] },
  { sentence: 'nothing' },
]
const withPrefix: Ask[] = [
  header('the prefix', 'X-JWT', `Token: ${good}`),
  header('the prefix without a blank', 'X-JWT', `Token:${good}`),
  header('the prefix in another case', 'X-JWT', `token: ${good}`),
  header('no prefix', 'X-JWT', good),
  header('the prefix of nothing', 'X-JWT', 'Token:'),
  header('two lines, one without', 'X-JWT', `Token: ${good}`, bad),
]
const inOwnArgument: Ask[] = [
  query('the argument', `a=1&token=${good}`),
  query('the default argument', `access_token=${good}`),
  query('both, the default bad', `token=${good}&access_token=${bad}`),
  auth('the default header', `Bearer ${good}`),
]

const optional: Ask[] = [
  ...inHeader,
  query('the argument', `access_token=${good}`),
  query('bad, and a good header', `access_token=${bad}`, bearer(good)),
  query('good, and a bad header', `access_token=${good}`, bearer(bad)),
]
const forwarded: Ask[] = [
  auth('Bearer', `Bearer ${good}`),
  query('the argument', `z=1&access_token=${good}&a=%20+`),
  query('both', `access_token=${good}`, bearer(good)),
  query('twice, the second bad', `access_token=${good}&access_token=${bad}`),
  query('twice, the first bad', `access_token=${bad}&access_token=${good}`),
  query('twice', `access_token=${good}&access_token=${good}`),
]

const challenges: Ask[] = [
  { sentence: 'path and query', target: '/a/b?c=d&e' },
  { sentence: 'a question mark alone', target: '/a?' },
  { sentence: 'a long path', target: `/${'x'.repeat(300)}?y` },
  { sentence: 'a long query', target: `/p?${'x'.repeat(300)}` },
  { sentence: 'a path of 256 characters', target: `/${'x'.repeat(255)}` },
  { sentence: 'a path that is not normal', target: '/a//b/../c/./d' },
  { sentence: 'escapes that need not be', target: '/%7Ea%2Db' },
  { sentence: 'escapes that must be', target: '/a%20b%C3%BC' },
  { sentence: 'an escaped slash', target: '/a%2Fb' },
  { sentence: 'an escaped slash in lower case', target: '/a%2fb' },
  { sentence: 'HEAD', method: 'HEAD' },
  { sentence: 'a preflight', method: 'OPTIONS', lines: ['Origin: http://x', 'Access-Control-Request-Method: GET'] },
  { sentence: 'POST', method: 'POST', lines: ['Content-Length: 0'] },
  { sentence: 'gRPC', method: 'POST', lines: ['Content-Type: application/grpc', 'Content-Length: 0'] },
]

export const placeConfigs: readonly Config[] = [
  { name: 'default', jwt: jwt(), asks: [...inHeader, ...inQuery, ...challenges] },
  { name: 'own-header', jwt: jwt({ tokenSource: { header: { header: 'X-JWT' } } }), asks: inOwnHeader },
  { name: 'prefix', jwt: jwt({ tokenSource: { header: { header: 'x-jwt', prefix: 'Token:' } } }), asks: withPrefix },
  { name: 'own-argument', jwt: jwt({ tokenSource: { queryParameter: 'token' } }), asks: inOwnArgument },
  { name: 'optional', jwt: jwt({}, 'AllowMissing'), asks: optional },
  { name: 'forward', jwt: jwt({ forwardToken: true }), asks: forwarded },
]
