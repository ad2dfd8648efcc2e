import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OidcDiscovery } from './oidc-discovery.ts'

const ISSUER = 'https://issuer.example.com/realm'
const good = {
  issuer: ISSUER,
  authorization_endpoint: `${ISSUER}/authorize`,
  token_endpoint: `${ISSUER}/token`,
  jwks_uri: `${ISSUER}/keys`,
}

/** Asks once and waits for what becomes of it. */
async function discovered(answer: (url: string) => Response): Promise<{ asked: string[]; answer: object }> {
  const asked: string[] = []
  let changed = () => {}
  const heard = new Promise<void>((resolve) => (changed = resolve))
  const fetch = (url: string) => {
    asked.push(url)
    return Promise.resolve(answer(url))
  }
  const discovery = new OidcDiscovery(fetch, { now: () => 1000 }, () => changed())
  assert.match((discovery.get(ISSUER) as { problem: string }).problem, /is being fetched/)
  await heard
  const result = discovery.get(ISSUER)
  discovery.close()
  return { asked, answer: result }
}

test('the document is asked for below the issuer, and its endpoints are taken', async () => {
  const { asked, answer } = await discovered(() => Response.json(good))
  assert.deepEqual(asked, [`${ISSUER}/.well-known/openid-configuration`])
  assert.deepEqual(answer, {
    authorizationEndpoint: `${ISSUER}/authorize`,
    tokenEndpoint: `${ISSUER}/token`,
    endSessionEndpoint: null,
    jwksUri: `${ISSUER}/keys`,
  })
})

const bad: [sentence: string, answer: () => Response, problem: RegExp][] = [
  ['another issuer’s document', () => Response.json({ ...good, issuer: 'https://other' }), /of another issuer/],
  ['no document', () => new Response('', { status: 404 }), /status 404/],
  ['no JSON', () => new Response('<html>'), /JSON/],
]
for (const [sentence, answer, problem] of bad) {
  test(`${sentence} gives no endpoints, after five attempts`, async () => {
    const { asked, answer: result } = await discovered(answer)
    assert.equal(asked.length, 5)
    assert.match((result as { problem: string }).problem, problem)
  })
}

test('an attempt that fails is made again', async () => {
  let nth = 0
  const { asked, answer } = await discovered(() =>
    ++nth < 3 ? new Response('', { status: 503 }) : Response.json(good),
  )
  assert.equal(asked.length, 3)
  assert.ok('tokenEndpoint' in answer)
})
