/** Two extensions on one request: one on the Gateway, one on the route. Both must be content. */
import { hmacSigner, keySet, token } from '../../../../src/policies/jwt-authn/testkit.ts'
import type { Ask, Config, JwtSpec } from '../case.ts'

const [a, b] = [hmacSigner('a'), hmacSigner('b')]
const inline = (by: typeof a) => ({ local: { inline: keySet(by) } })
const told = (header: string) => ({ claimsToHeaders: [{ name: 'sub', header }] })

/** The one on the Gateway, which takes the token out. */
export const everywhere: JwtSpec = { providers: [{ name: 'first', jwks: inline(a), ...told('x-first') }] }

const good = token(a, { sub: 'alice', aud: 'x' })
const asks: Ask[] = [
  { sentence: 'nothing' },
  { sentence: 'the header', lines: [`Authorization: Bearer ${good}`] },
  { sentence: 'the argument', target: `/p?a=1&access_token=${good}` },
  { sentence: 'both', target: `/p?access_token=${good}`, lines: [`Authorization: Bearer ${good}`] },
  {
    sentence: 'the header, a wrong audience for the second',
    lines: [`Authorization: Bearer ${token(a, { aud: 'y' })}`],
  },
  { sentence: 'bad for the first', lines: [`Authorization: Bearer ${token(b, { aud: 'x' })}`] },
]
const own: Ask[] = [
  { sentence: 'the first’s alone', lines: [`Authorization: Bearer ${good}`] },
  { sentence: 'the second’s alone', lines: [`X-Token: ${token(b, {})}`] },
  { sentence: 'one of each', lines: [`Authorization: Bearer ${good}`, `X-Token: ${token(b, { sub: 'bob' })}`] },
  { sentence: 'one of each, the second bad', lines: [`Authorization: Bearer ${good}`, `X-Token: ${good}`] },
]

const second = { name: 'second', audiences: ['x'], jwks: inline(a), ...told('x-second') }
export const twiceConfigs: readonly Config[] = [
  { name: 'twice', jwt: { providers: [second] }, asks },
  { name: 'twice-optional', jwt: { validationMode: 'AllowMissing', providers: [second] }, asks },
  {
    name: 'twice-apart',
    jwt: {
      providers: [
        { name: 'second', tokenSource: { header: { header: 'X-Token' } }, jwks: inline(b), ...told('x-who') },
      ],
    },
    asks: own,
  },
]
