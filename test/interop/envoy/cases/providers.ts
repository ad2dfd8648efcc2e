/** Several providers. */
import { hmacSigner, keySet, type Signer, token } from '../../../../src/policies/jwt-authn/testkit.ts'
import type { Ask, Config, ProviderSpec } from '../case.ts'

const [a, b, c] = [hmacSigner('a'), hmacSigner('b'), hmacSigner('c')]
const of = (name: string, issuer: string | null, signer: Signer, more: Partial<ProviderSpec> = {}): ProviderSpec => ({
  name,
  ...(issuer === null ? {} : { issuer }),
  ...more,
  jwks: { local: { inline: keySet(signer) } },
})
const told = (header: string) => ({ claimsToHeaders: [{ name: 'sub', header }] })
const bearer = (sentence: string, text: string, ...lines: string[]): Ask => ({
  sentence,
  lines: [...lines, `Authorization: Bearer ${text}`],
})
const both = (sentence: string, argument: string, header: string): Ask => ({
  sentence,
  target: `/p?access_token=${argument}&k=1`,
  lines: [`Authorization: Bearer ${header}`, 'X-Kept: 1'],
})

const ofA = token(a, { iss: 'A', sub: 'alice' })
const ofB = token(b, { iss: 'B', sub: 'bob' })
const asks: Ask[] = [
  { sentence: 'nothing' },
  bearer('the first’s', ofA),
  bearer('the second’s', ofB),
  bearer('nobody’s', token(c, { iss: 'C' })),
  bearer('without issuer', token(a, {})),
  bearer('the first’s issuer, the second’s key', token(b, { iss: 'A' })),
  bearer('the second’s issuer, the first’s key', token(a, { iss: 'B' })),
  bearer('the first’s, expired', token(a, { iss: 'A', exp: 1 })),
  bearer('the second’s, expired', token(b, { iss: 'B', exp: 1 })),
  bearer('malformed', 'x'),
  bearer('the first’s, with forged headers', ofA, 'X-A: forged', 'X-B: forged'),
  bearer('the second’s, with forged headers', ofB, 'X-A: forged', 'X-B: forged'),
  both('the first’s in the query, the second’s in the header', ofA, ofB),
  both('the second’s in the query, the first’s in the header', ofB, ofA),
  both('the first’s in both', ofA, ofA),
  both('the second’s in both', ofB, ofB),
  both('nobody’s in the query', token(c, { iss: 'C' }), ofA),
  both('nobody’s in the header', ofA, token(c, { iss: 'C' })),
  { sentence: 'another scheme', lines: ['Authorization: Basic x'] },
]

const ownPlaces = [
  of('x', 'A', a, { tokenSource: { header: { header: 'x-token-a' } }, ...told('x-who') }),
  of('y', 'B', b, { tokenSource: { header: { header: 'x-token-b' } }, ...told('x-who') }),
]
const placed = (sentence: string, ...lines: string[]): Ask => ({ sentence, lines })

export const providerConfigs: readonly Config[] = [
  { name: 'two', jwt: { providers: [of('b', 'B', b, told('x-b')), of('a', 'A', a, told('x-a'))] }, asks },
  {
    name: 'two-optional',
    jwt: { validationMode: 'AllowMissing', providers: [of('a', 'A', a), of('b', 'B', b)] },
    asks,
  },
  { name: 'any-last', jwt: { providers: [of('a', 'A', a), of('z', null, b)] }, asks },
  { name: 'any-first', jwt: { providers: [of('a', null, b), of('z', 'A', a)] }, asks },
  {
    name: 'same-issuer',
    jwt: { providers: [of('a', 'A', b), of('b', 'A', a, { audiences: ['x'] }), of('c', 'A', a)] },
    asks,
  },
  { name: 'kept-and-taken', jwt: { providers: [of('a', 'A', a, { forwardToken: true }), of('b', 'B', b)] }, asks },
  {
    name: 'own-places',
    jwt: { providers: ownPlaces },
    asks: [
      placed('the first', `X-Token-A: ${ofA}`),
      placed('the second', `X-Token-B: ${ofB}`),
      placed('both', `X-Token-A: ${ofA}`, `X-Token-B: ${ofB}`),
      placed('the first wrong, the second good', `X-Token-A: ${ofB}`, `X-Token-B: ${ofB}`),
      placed('the first good, the second wrong', `X-Token-A: ${ofA}`, 'X-Token-B: x'),
      placed('each in the other’s place', `X-Token-A: ${ofB}`, `X-Token-B: ${ofA}`),
      placed('the second malformed, the first not there', 'X-Token-B: x'),
      placed('in the default place', `Authorization: Bearer ${ofA}`),
    ],
  },
]
