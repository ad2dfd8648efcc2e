/** kgateway's page "Basic JWT policy" with a real Keycloak as the provider, through rotations of its keys. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Kgateway, startKgateway } from '../../e2e/kgateway/kgateway.ts'
import { guard, keycloakManifests, trustManifests } from './keycloak-page.ts'
import { type Keycloak, startKeycloak } from './keycloak-server.ts'

let keycloak: Keycloak
let kgateway: Kgateway
before(
  async () => {
    keycloak = await startKeycloak()
    kgateway = await startKgateway()
  },
  { timeout: 30 * 60_000 },
)
after(async () => {
  await kgateway?.stop()
  await keycloak?.stop()
})

/** Status and body of a call with this token, or with none. */
async function ask(token?: string): Promise<string> {
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const { status, body } = await kgateway.ask('/headers', { headers })
  return `${status} ${body}`
}
const kidOf = (token: string): string => JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString()).kid

test('the page’s manifests, as they stand: whom no authority that we know vouches for is not believed', async () => {
  const manifests = keycloakManifests(keycloak)
  assert.equal(manifests.length, 2)
  kgateway.apply(guard, ...manifests)
  assert.equal(await ask(), '401 Jwt is missing')
  assert.equal(await ask(await keycloak.token()), '401 Jwks remote fetch is failed')
})

test('with a BackendTLSPolicy for its authority: 401 without a token, 200 with one', async () => {
  kgateway.apply(...trustManifests(keycloak))
  assert.equal(await ask(), '401 Jwt is missing')
  const token = await keycloak.token()
  assert.equal(await ask(token), '200 seen')
  const [head, claims, signature] = token.split('.') as [string, string, string]
  const other = Buffer.from(signature, 'base64url')
  other[0]! ^= 1
  assert.equal(await ask([head, claims, other.toString('base64url')].join('.')), '401 Jwt verification fails')
})

test('a token of another realm is nobody’s here', async () => {
  const user = { username: 'alice', password: 'password-of-alice' }
  const credentials = [{ type: 'password', value: user.password, temporary: false }]
  const named = { firstName: 'Alice', lastName: 'A', email: 'alice@example.com', emailVerified: true }
  const users = [{ username: user.username, enabled: true, credentials, ...named }]
  await keycloak.admin('POST', '', { realm: 'other', enabled: true, users })
  assert.equal(await ask(await keycloak.token('other', user)), '401 Jwt issuer is not configured')
})

test('keys are rotated while requests come: no token that is good is refused', async (t) => {
  const { id: realm } = (await keycloak.admin('GET', '/master')) as { id: string }
  const component = (priority: number, more = {}) => ({
    ...{ name: `rsa-${priority}`, providerId: 'rsa-generated', providerType: 'org.keycloak.keys.KeyProvider' },
    parentId: realm,
    config: { priority: [String(priority)], enabled: ['true'], active: ['true'], algorithm: ['RS256'], ...more },
  })
  interface Component {
    readonly id: string
    readonly providerId: string
    readonly config: Readonly<Record<string, string[]>>
  }
  const signing = async () => {
    const all = (await keycloak.admin('GET', `/master/components?type=${component(0).providerType}`)) as Component[]
    return all.filter(({ providerId }) => providerId === 'rsa-generated')
  }
  const change = async (one: Component, config: object) =>
    await keycloak.admin('PUT', `/master/components/${one.id}`, { ...one, config: { ...one.config, ...config } })

  // Two clients: one goes on with the token that it has, the other takes a new one for every request.
  let goesOn = true
  let kept = await keycloak.token()
  const kids = new Set([kidOf(kept)])
  const answers = new Map<string, number>()
  const note = (answer: string) => answers.set(answer, (answers.get(answer) ?? 0) + 1)
  const keeps = async () => {
    while (goesOn) note(await ask(kept))
  }
  const renews = async () => {
    while (goesOn) {
      const token = await keycloak.token()
      kids.add(kidOf(token))
      note(await ask(token))
    }
  }
  const traffic = Promise.all([keeps(), renews()])
  const [first] = await signing()
  let latest = kidOf(kept)
  for (const priority of [200, 300, 400]) {
    await keycloak.admin('POST', '/master/components', component(priority))
    const fresh = await keycloak.token()
    assert.notEqual(kidOf(fresh), latest, 'a new key signs')
    latest = kidOf(fresh)
    note(await ask(fresh))
    // Passive: what it signed is still good.
    await change(first!, { active: ['false'] })
    note(await ask(kept))
  }
  // A client that keeps a token has to have one of a key that stays before the old key goes.
  const old = kept
  kept = await keycloak.token()
  assert.notEqual(kidOf(kept), kidOf(old))
  await change(first!, { active: ['false'], enabled: ['false'] })
  for (let n = 0; n < 20; n++) note(await ask(await keycloak.token()))
  goesOn = false
  await traffic
  t.diagnostic(`${kids.size} keys, ${[...answers].map(([answer, count]) => `${answer}: ${count}`).join(', ')}`)
  assert.deepEqual([...answers.keys()], ['200 seen'])
  assert.ok(kids.size >= 4, `tokens of ${kids.size} keys were sent`)
})
