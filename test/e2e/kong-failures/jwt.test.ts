/** `jwt`: who is refused and how, row by row (§5.1), and what the service hears of who is not. */
import assert from 'node:assert/strict'
import { createSecretKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { test } from 'node:test'
import { kongRefusal } from '../../../src/dialects/kong/refusals.ts'
import type { Algorithm } from '../../../src/identity/jose/algorithm.ts'
import { signCompact, signParts } from '../../../src/identity/jose/sign-compact.ts'
import { jwt } from '../../../src/policies/jwt/handler.ts'
import { compilePolicy, FakeDirectory, FakeExchange, judge } from '../../../src/policy/test-kit.ts'
import { type Ask, checkRows, compact, gatewayWith, guarded, NOW_SECONDS, type Row, served, told } from './rows.ts'

const SECRET = 'o2eQQg2xF5FITEz17VatRlqrZzQMpMZg'
const secret = (text: string) => createSecretKey(Buffer.from(text))
const hs = secret(SECRET)
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const keys: Readonly<Record<string, { publicKey: KeyObject; privateKey: KeyObject }>> = {
  RS256: rsa,
  PS256: rsa,
  ES256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  ES384: generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  ES512: generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  EdDSA: generateKeyPairSync('ed25519'),
}
const pem = (key: KeyObject) => key.export({ type: 'spki', format: 'pem' }).toString()

const alice = { id: 'a1000000-0000-4000-8000-000000000000', username: 'alice', custom_id: 'alice-7' }
const guest = { id: 'a2000000-0000-4000-8000-000000000000', username: 'guest' }
const credentials = [
  { key: 'issuer', secret: SECRET },
  { key: 'hs384', algorithm: 'HS384', secret: SECRET },
  { key: 'hs512', algorithm: 'HS512', secret: SECRET },
  ...Object.entries(keys).map(([algorithm, { publicKey }]) => ({
    ...{ key: algorithm.toLowerCase(), algorithm, rsa_public_key: pem(publicKey) },
  })),
  { key: 'keyless', algorithm: 'ES256' },
  { key: 'broken-key', algorithm: 'ES256', rsa_public_key: '-----BEGIN PUBLIC KEY-----' },
  { key: 'base64', secret: Buffer.from(SECRET).toString('base64url') },
  { key: 'not-base64', secret: 'not base64!' },
]
const dates = { claims_to_verify: ['exp', 'nbf'] }
gatewayWith(
  [
    guarded('plain', ['jwt', {}]),
    guarded('realm', ['jwt', { realm: 'R' }]),
    guarded('places', ['jwt', { cookie_names: ['tok'], header_names: ['authorization', 'x-token'] }]),
    guarded('kid', ['jwt', { key_claim_name: 'kid' }]),
    guarded('base64', ['jwt', { secret_is_base64: true }]),
    guarded('dates', ['jwt', dates]),
    guarded('dates-realm', ['jwt', { ...dates, realm: 'R' }]),
    guarded('most', ['jwt', { claims_to_verify: ['exp'], maximum_expiration: 300 }]),
    guarded('preflight', ['jwt', { run_on_preflight: false }]),
    guarded('guests', ['jwt', { anonymous: 'guest' }]),
  ],
  [{ ...alice, jwt_secrets: credentials }, guest],
)

const token = (claims: object, header: object = {}, algorithm: Algorithm = 'HS256', key: KeyObject = hs) =>
  signCompact(algorithm, key, claims, header)
const good = token({ iss: 'issuer' })
const other = token({ iss: 'issuer', sub: 'other' })
const part = (text: string) => Buffer.from(text).toString('base64url')
const bearer = (route: string, text: string): Ask => ({
  ...{ target: `/${route}`, headers: { authorization: `Bearer ${text}` } },
})

const ERROR = 'Bearer error="invalid_token"'
const refused = (message: string, challenge: string | null = ERROR) => compact(401, { message }, challenge)
const letIn = (identifier = 'issuer', headers: Record<string, string | null> = {}) =>
  served(told(alice, identifier), headers)

/** The same token, refused without a realm and with one. */
function inBothRealms(sentence: string, text: string, message: string): Row[] {
  return [
    [sentence, bearer('plain', text), refused(message)],
    [`${sentence} (realm)`, bearer('realm', text), refused(message, 'Bearer realm="R" error="invalid_token"')],
  ]
}

const rows: Row[] = [
  ['§5.1 row 1: no token', { target: '/plain' }, refused('Unauthorized', 'Bearer')],
  ['§5.1 row 1: no token (realm)', { target: '/realm' }, refused('Unauthorized', 'Bearer realm="R"')],
  ['§5.1 row 1: an empty argument', { target: '/plain?jwt=' }, refused('Unauthorized', 'Bearer')],
  [
    '§5.1 row 1: another scheme',
    { target: '/plain', headers: { authorization: `Basic ${good}` } },
    refused('Unauthorized', 'Bearer'),
  ],
  [
    '§5.1 row 1: BEARER in capitals',
    { target: '/plain', headers: { authorization: `BEARER ${good}` } },
    refused('Unauthorized', 'Bearer'),
  ],
  [
    '§5.1 row 2: two arguments that differ',
    { target: `/plain?jwt=${good}&jwt=${other}` },
    refused('Multiple tokens provided'),
  ],
  [
    '§5.1 row 2: argument and header that differ',
    { ...bearer('plain', good), target: `/plain?jwt=${other}` },
    refused('Multiple tokens provided'),
  ],
  [
    '§5.1 row 2: cookie and header that differ',
    { target: '/places', headers: { cookie: `tok=${other}`, 'x-token': `Bearer ${good}` } },
    refused('Multiple tokens provided'),
  ],
  [
    '§5.1 row 2: with a realm',
    { target: `/realm?jwt=${good}&jwt=${other}` },
    refused('Multiple tokens provided', 'Bearer realm="R" error="invalid_token"'),
  ],
  ['§5.1 row 3: an argument without value', { target: '/plain?jwt' }, refused('Unrecognizable token')],
  [
    '§5.1 row 3: an argument without value (realm)',
    { target: '/realm?jwt' },
    refused('Unrecognizable token', 'Bearer realm="R" error="invalid_token"'),
  ],
  [
    '§5.1 rows 2 and 3: an argument without value, and a token',
    { ...bearer('plain', good), target: '/plain?jwt' },
    refused('Multiple tokens provided'),
  ],
  ...inBothRealms('§5.1 row 4: no dots', 'abc', 'Bad token; invalid JSON'),
  ...inBothRealms('§5.1 row 4: one dot', 'abc.def', 'Bad token; invalid JSON'),
  ...inBothRealms('§5.1 row 4: a header that is no JSON', `${part('x')}.${part('{}')}.AQ`, 'Bad token; invalid JSON'),
  ...inBothRealms(
    '§5.1 row 4: a payload that is no JSON',
    `${part('{"alg":"HS256"}')}.${part('x')}.AQ`,
    'Bad token; invalid JSON',
  ),
  ...inBothRealms('§5.1 row 4: not base64url', `+/+/.${part('{}')}.AQ`, 'Bad token; invalid JSON'),
  ...inBothRealms(
    '§5.1 row 4: a payload that is null',
    signParts('HS256', hs, '{"alg":"HS256"}', 'null'),
    'Bad token; invalid JSON',
  ),
  ...inBothRealms(
    '§5.1 row 4: a header that is a number',
    signParts('HS256', hs, '5', '{"iss":"issuer"}'),
    'Bad token; invalid JSON',
  ),
  ...inBothRealms('§5.1 row 5: no alg', `${part('{}')}.${part('{"iss":"issuer"}')}.AQ`, 'Bad token; invalid alg'),
  ...inBothRealms(
    '§5.1 row 5: an alg that is a number',
    `${part('{"alg":256}')}.${part('{"iss":"issuer"}')}.AQ`,
    'Bad token; invalid alg',
  ),
  ...inBothRealms(
    '§5.1 row 5: alg none',
    `${part('{"alg":"none"}')}.${part('{"iss":"issuer"}')}.`,
    'Bad token; invalid alg',
  ),
  ...inBothRealms('§5.1 row 6: a signature that is not base64url', `${good}!`, 'Bad token; invalid signature'),
  ...inBothRealms('§5.1 row 6: four parts', `${good}.AQ`, 'Bad token; invalid signature'),
  ...inBothRealms('§5.1 row 7: no iss', token({ sub: 'x' }), "No mandatory 'iss' in claims"),
  ['§5.1 row 7: another claim', bearer('kid', good), refused("No mandatory 'kid' in claims")],
  ...inBothRealms('§5.1 row 8: an empty iss', token({ iss: '' }), "Invalid 'iss' in claims"),
  ...inBothRealms('§5.1 row 8: an iss that is a number', token({ iss: 5 }), "Invalid 'iss' in claims"),
  ['§5.1 row 8: another claim, empty', bearer('kid', token({ kid: '' })), refused("Invalid 'kid' in claims")],
  ...inBothRealms('§5.1 row 9: an unknown iss', token({ iss: 'x' }), "No credentials found for given 'iss'"),
  ...inBothRealms(
    '§5.1 row 9: the payload goes before the header',
    token({ iss: 'x' }, { iss: 'issuer' }),
    "No credentials found for given 'iss'",
  ),
  [
    '§5.1 row 9: an unknown value of another claim',
    bearer('kid', token({ kid: 'x' })),
    refused("No credentials found for given 'kid'"),
  ],
  ...inBothRealms('§5.1 row 10: another algorithm', token({ iss: 'issuer' }, {}, 'HS384'), 'Invalid algorithm'),
  ...inBothRealms(
    '§5.1 row 10: the public key as a secret',
    token({ iss: 'rs256' }, {}, 'HS256', secret(pem(keys['RS256']!.publicKey))),
    'Invalid algorithm',
  ),
  ...inBothRealms(
    '§5.1 row 11: no public key',
    token({ iss: 'keyless' }, {}, 'ES256', keys['ES256']!.privateKey),
    'Invalid key/secret',
  ),
  ...inBothRealms(
    '§5.1 row 11: a public key that cannot be read (Kong: 500)',
    token({ iss: 'broken-key' }, {}, 'ES256', keys['ES256']!.privateKey),
    'Invalid key/secret',
  ),
  [
    '§5.1 row 11: a secret that is no base64',
    bearer('base64', token({ iss: 'not-base64' })),
    refused('Invalid key/secret'),
  ],
  ...inBothRealms(
    '§5.1 row 12: another secret',
    token({ iss: 'issuer' }, {}, 'HS256', secret('guess')),
    'Invalid signature',
  ),
  ...inBothRealms(
    '§5.1 row 12: another key',
    token({ iss: 'rs256' }, {}, 'RS256', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey),
    'Invalid signature',
  ),
  ...inBothRealms(
    '§5.1 row 12: an ES256 signature of 63 bytes (Kong: 500)',
    `${part('{"alg":"ES256"}')}.${part('{"iss":"es256"}')}.${Buffer.alloc(63).toString('base64url')}`,
    'Invalid signature',
  ),
  [
    '§5.1 row 12: a base64 secret taken as it stands',
    bearer('plain', token({ iss: 'base64' })),
    refused('Invalid signature'),
  ],
  ...(
    [
      ['row 13: expired in this second', 'dates', { exp: NOW_SECONDS, nbf: 0 }, { exp: 'token expired' }],
      [
        'row 13: not valid for a second yet',
        'dates',
        { exp: NOW_SECONDS + 1, nbf: NOW_SECONDS + 1 },
        { nbf: 'token not valid yet' },
      ],
      [
        'row 13: both',
        'dates',
        { exp: NOW_SECONDS - 1, nbf: NOW_SECONDS + 1 },
        { exp: 'token expired', nbf: 'token not valid yet' },
      ],
      ['row 13: neither is there', 'dates', {}, { exp: 'must be a number', nbf: 'must be a number' }],
      ['row 13: exp is text', 'dates', { exp: `${NOW_SECONDS + 9}`, nbf: 0 }, { exp: 'must be a number' }],
      ['row 14: good for too long', 'most', { exp: NOW_SECONDS + 301 }, { exp: 'exceeds maximum allowed expiration' }],
    ] as const
  ).map(
    ([sentence, route, claims, says]): Row => [
      `§5.1 ${sentence}`,
      bearer(route, token({ iss: 'issuer', ...claims })),
      compact(401, says, ERROR),
    ],
  ),
  [
    '§5.1 row 13: with a realm',
    bearer('dates-realm', token({ iss: 'issuer', exp: 0, nbf: 0 })),
    compact(401, { exp: 'token expired' }, 'Bearer realm="R" error="invalid_token"'),
  ],

  ['§5.1: in the header', bearer('plain', good), letIn('issuer', { authorization: `Bearer ${good}` })],
  [
    '§5.1: bearer in small letters, something before it',
    { target: '/plain', headers: { authorization: `My bearer  ${good}` } },
    letIn(),
  ],
  [
    '§5.1: as an argument, which stays',
    { target: `/plain?jwt=${good}&a=1` },
    served(told(alice, 'issuer'), {}, { target: `/plain?jwt=${good}&a=1` }),
  ],
  ['§5.1: in a cookie', { target: '/places', headers: { cookie: `a=1; tok=${good}` } }, letIn()],
  ['§5.1: in another header', { target: '/places', headers: { 'x-token': `Bearer ${good}` } }, letIn()],
  ['§5.1: the same in two places', { ...bearer('plain', good), target: `/plain?jwt=${good}` }, letIn()],
  ['§5.1: iss in the header alone', bearer('plain', token({}, { iss: 'issuer' })), letIn()],
  ['§5.1: another claim', bearer('kid', token({ kid: 'issuer' })), letIn()],
  ['§5.1: a base64 secret', bearer('base64', token({ iss: 'base64' })), letIn('base64')],
  ['§5.1: HS384', bearer('plain', token({ iss: 'hs384' }, {}, 'HS384')), letIn('hs384')],
  ['§5.1: HS512', bearer('plain', token({ iss: 'hs512' }, {}, 'HS512')), letIn('hs512')],
  ...Object.entries(keys).map(
    ([algorithm, { privateKey }]): Row => [
      `§5.1: ${algorithm}`,
      bearer('plain', token({ iss: algorithm.toLowerCase() }, {}, algorithm as Algorithm, privateKey)),
      letIn(algorithm.toLowerCase()),
    ],
  ),
  [
    '§5.1: valid from this second on, for one more',
    bearer('dates', token({ iss: 'issuer', exp: NOW_SECONDS + 1, nbf: NOW_SECONDS })),
    letIn(),
  ],
  ['§5.1: good as long as allowed', bearer('most', token({ iss: 'issuer', exp: NOW_SECONDS + 300 })), letIn()],

  ['§5.0: OPTIONS is asked too', { target: '/plain', method: 'OPTIONS' }, refused('Unauthorized', 'Bearer')],
  ['§5.0: OPTIONS, where preflights pass', { target: '/preflight', method: 'OPTIONS' }, served({})],
  [
    '§5.0: a bad token of OPTIONS, where preflights pass',
    { ...bearer('preflight', 'x'), method: 'OPTIONS' },
    served({}, { authorization: 'Bearer x' }),
  ],
  ['§5.0: GET, where preflights pass', { target: '/preflight' }, refused('Unauthorized', 'Bearer')],

  ['§4.3: no token, and a stand-in', { target: '/guests' }, served(told(guest, null))],
  [
    '§4.3: a bad token, and a stand-in',
    bearer('guests', 'x'),
    served(told(guest, null), { authorization: 'Bearer x' }),
  ],
  ['§4.3: two tokens, and a stand-in', { target: '/guests?jwt=a&jwt=b' }, served(told(guest, null))],
  ['§4.3: a good token goes before the stand-in', bearer('guests', good), letIn()],
]
checkRows(rows)

/** A consumer takes its credentials along when it goes, so no request meets this one over a socket. */
test('§5.1 row 15: a credential whose consumer is gone', () => {
  const directory = new FakeDirectory()
  directory.addCredential('jwt_secrets', 'orphan', { key: 'orphan', algorithm: 'HS256', secret: SECRET }, null)
  const exchange = new FakeExchange({ headers: { authorization: `Bearer ${token({ iss: 'orphan' })}` } })
  const verdict = judge(compilePolicy(jwt, { realm: 'R' }, { directory }), exchange)
  assert.ok(verdict.kind === 'denied')
  const request = { id: '0', method: 'GET', accept: undefined, contentType: undefined, hostname: 'a', target: '/' }
  assert.deepEqual(kongRefusal({ policy: 'jwt', reason: verdict.reason, detail: verdict.detail }, request), {
    status: 401,
    headers: [['Content-Type', 'application/json; charset=utf-8']],
    body: `{"message":"Could not find consumer for 'iss=orphan'"}`,
  })
})
