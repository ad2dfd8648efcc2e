/** What services are told in headers. */
import { signParts } from '../../../../src/identity/jose/sign-compact.ts'
import { hmacSigner, keySet, token } from '../../../../src/policies/jwt-authn/testkit.ts'
import type { Ask, Config } from '../case.ts'

const a = hmacSigner('a')
const ask = (sentence: string, text: string, ...lines: string[]): Ask => ({
  sentence,
  lines: [...lines, `Authorization: Bearer ${text}`],
})
const of = (value: unknown): Ask => ask(`claim ${JSON.stringify(value)}`, token(a, { v: value }))
const raw = (json: string): Ask => ask(`claim ${json}`, signParts('HS256', a.key, '{"alg":"HS256"}', `{"v":${json}}`))

const values = [
  ...['text', '', ' blanks ', 'ümläut €', '{"a":1}', 'a,b', true, false, null, 0, 7, -1, 1.5, -0.25, 0.1, 1e-9, -1e-9],
  ...[2 ** 53, 2 ** 63, 1e19, 2 ** 64, 1e20, 1e21, 1e300, 1 / 128, 3 / 128, -1 / 128, 1.0000005, 123456789.98765433],
  ...[[], {}, [1, 'a', null, true, 1.5], [[1], [2]], { a: 1 }, [1e15, 1e16, 1e-5, 0.1, 1 / 3, 123456789012, 2 ** 70]],
  ...[
    ['<&>"\\/'],
    ['ü€\u{1f600}'],
    ['\u0001\n\t\u007f\u0080\u00ad'],
    ['\u200b\u2028\ufeff\u{e0001}'],
    [5e-324, 1.7e308],
  ],
].map(of)

const evil = [
  ...['tab\there', 'a\r\nx-admin: 1', 'nul\u0000', 'bell\u0007', 'del\u007f', '\u560d\u560ax-admin: 1'].map(of),
  ...['-0', '1E2', '1.0', '1e0', '100000000000000000000000'].map(raw),
]

const headers = (...pairs: [string, string][]) => pairs.map(([name, header]) => ({ name, header }))
const provider = (claimsToHeaders: { name: string; header: string }[], more: object = {}) => ({
  name: 'p',
  claimsToHeaders,
  ...more,
  jwks: { local: { inline: keySet(a) } },
})
const nested = { deep: { er: { x: 'in' }, list: [1] }, 'dot.ted': 'x', a: 'one', b: 'two', Sub: 'case' }

/** Requests whose route is chosen by a claim, once it is in a header. */
const teams: Ask[] = [
  ask('the team of the other route', token(a, { team: 'dev' })),
  ask('another team', token(a, { team: 'ops' })),
  ask('no team', token(a, {})),
  ask('the team, with what the other route needs', token(a, { team: 'dev' }), 'X-Needed: 1'),
  ask('another team, claiming the other', token(a, { team: 'ops' }), 'X-Team: dev'),
  { sentence: 'nobody' },
  { sentence: 'nobody, claiming the team', lines: ['X-Team: dev'] },
]

export const claimConfigs: readonly Config[] = [
  {
    name: 'routed',
    jwt: { providers: [provider(headers(['team', 'x-team']))] },
    otherRoute: { header: 'x-team', value: 'dev' },
    asks: teams,
  },
  {
    name: 'routed-to-a-rule',
    jwt: { providers: [provider(headers(['team', 'x-team']))] },
    otherRoute: { header: 'x-team', value: 'dev', needs: 'x-needed' },
    asks: teams,
  },
  {
    name: 'routed-optional',
    jwt: { validationMode: 'AllowMissing', providers: [provider(headers(['team', 'x-team']))] },
    otherRoute: { header: 'x-team', value: 'dev' },
    asks: teams,
  },
  { name: 'values', jwt: { providers: [provider(headers(['v', 'X-V']))] }, asks: [...values, ...evil] },
  {
    name: 'paths',
    jwt: {
      providers: [
        provider(
          headers(
            ['deep.er.x', 'x-deep'],
            ['deep.list', 'x-list'],
            ['deep.list.0', 'x-first'],
            ['dot.ted', 'x-dotted'],
            ['sub', 'x-sub'],
            ['a', 'X-Both'],
            ['b', 'x-both'],
            ['.a', 'x-dot'],
            ['none', 'x-none'],
          ),
        ),
      ],
    },
    asks: [
      ask('paths', token(a, nested)),
      ask('a forged header', token(a, nested), 'X-None: forged', 'x-both: forged'),
      ask('a forged header in another spelling', token(a, nested), 'X_None: forged'),
      {
        sentence: 'two tokens',
        lines: [`Authorization: Bearer ${token(a, nested)}`],
        target: `/p?access_token=${token(a, nested)}`,
      },
    ],
  },
  {
    name: 'optional-claims',
    jwt: { validationMode: 'AllowMissing', providers: [provider(headers(['a', 'x-a']))] },
    asks: [
      { sentence: 'nobody, and a forged header', lines: ['X-A: forged'] },
      ask('somebody without the claim', token(a, {}), 'X-A: forged'),
    ],
  },
  {
    name: 'into-its-own-place',
    jwt: { providers: [provider(headers(['a', 'authorization']))] },
    asks: [ask('a claim where the token is', token(a, { a: 'x' })), { sentence: 'nothing' }],
  },
]
