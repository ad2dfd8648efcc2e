/** Routes that are matched by claims: the token decides where a request goes, and the policies there judge it too. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { hmacSigner, keySet, token } from '../../../src/policies/jwt-authn/testkit.ts'
import { type Kgateway, sampleApp, startKgateway } from './kgateway.ts'

const signer = hmacSigner('a')
const of = (team: string) => ({ authorization: `Bearer ${token(signer, { team })}` })
const named = (name: string, namespace: string) => ({ name, namespace })
const KGATEWAY = 'gateway.kgateway.dev/v1alpha1'

/** The sample app, with a rule for the team `dev` before its own, and one for the team `ops` that only a POST may take. */
function manifests(servicePort: number): object[] {
  const objects = sampleApp(servicePort) as { kind: string; spec: { rules: object[] } }[]
  const route = objects.find(({ kind }) => kind === 'HTTPRoute')!
  const ruleFor = (team: string) => ({
    ...{ name: team, matches: [{ headers: [{ name: 'x-team', value: team }] }] },
    filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { add: [{ name: 'x-rule', value: team }] } }],
    backendRefs: [{ name: 'httpbin', port: 8000 }],
  })
  route.spec.rules.unshift(ruleFor('dev'), ruleFor('ops'))
  const claimsToHeaders = [{ name: 'team', header: 'X-Team' }]
  const provider = { name: 'p', claimsToHeaders, jwks: { local: { inline: keySet(signer) } } }
  return [
    ...objects,
    {
      ...{ apiVersion: KGATEWAY, kind: 'GatewayExtension', metadata: named('login', 'kgateway-system') },
      spec: { jwt: { validationMode: 'AllowMissing', providers: [provider] } },
    },
    {
      ...{ apiVersion: KGATEWAY, kind: 'TrafficPolicy', metadata: named('login', 'kgateway-system') },
      spec: {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'Gateway', name: 'http' }],
        jwtAuth: { extensionRef: { name: 'login' } },
      },
    },
    {
      ...{ apiVersion: KGATEWAY, kind: 'TrafficPolicy', metadata: named('posts', 'httpbin') },
      spec: {
        targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'httpbin', sectionName: 'ops' }],
        rbac: { policy: { matchExpressions: ["request.method == 'POST'"] } },
      },
    },
  ]
}

let kgateway: Kgateway
before(async () => {
  kgateway = await startKgateway(manifests)
})
after(() => kgateway.stop())

const rows: [sentence: string, asked: object, status: number, rule: string | undefined][] = [
  ['a team with a rule of its own', { headers: of('dev') }, 200, 'dev'],
  ['a team without', { headers: of('web') }, 200, undefined],
  ['nobody', {}, 200, undefined],
  ['nobody, with the header of a team', { headers: { 'X-Team': 'dev' } }, 200, undefined],
  [
    'somebody, with the header of another team',
    { headers: { ...of('web'), x_team: 'dev', 'X-Team': 'dev' } },
    200,
    undefined,
  ],
  ['a team whose rule lets only some pass', { headers: of('ops') }, 403, undefined],
  ['the same, as its policy wants it', { headers: of('ops'), method: 'POST', body: 'x' }, 200, 'ops'],
]
for (const [sentence, asked, status, rule] of rows) {
  test(`${sentence}: ${status}, by the rule ${rule ?? 'for all'}`, async () => {
    // twice: the second time the token is remembered
    for (const _ of [1, 2]) {
      const answer = await kgateway.ask('/', asked)
      assert.equal(answer.status, status)
      assert.equal(answer.seen?.headers['x-rule'], rule)
    }
  })
}

test('nothing went wrong on the way', () => assert.deepEqual(kgateway.said, []))
