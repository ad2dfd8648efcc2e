import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import { type Exchanged, type Kgateway, startKgateway } from '../../e2e/kgateway/kgateway.ts'
import { appliedDocuments } from './flattened-yaml.ts'

/**
 * kgateway's page "Basic JWT policy", walked through as it stands: every manifest of it, in its order, with its own
 * token. The page is kept by others; SALLYPORT_CONFORMANCE names the folder beside which it is.
 */
const suites = process.env['SALLYPORT_CONFORMANCE']

if (suites !== undefined) {
  const seeds = join(suites, '../seeds')
  const page = readFileSync(join(seeds, readdirSync(seeds).find((name) => name.startsWith('002'))!), 'utf8')
  const token = /export TOKEN=([\w-]+\.[\w-]+\.[\w-]+?)(?=curl)/.exec(page)![1]!
  const bearer = { authorization: `Bearer ${token}` }
  const documents = appliedDocuments(page, {
    HOST_KEYCLOAK: 'keycloak.example.com',
    PORT_KEYCLOAK: '443',
    KEYCLOAK_URL: 'https://keycloak.example.com',
  })
  let kgateway: Kgateway

  before(async () => {
    kgateway = await startKgateway()
  })
  after(() => kgateway.stop())

  const headers = (sent: Readonly<Record<string, string>> = {}): Promise<Exchanged> =>
    kgateway.ask('/headers', { host: 'www.example.com:8080', headers: sent })

  const isMissing = async () => {
    const { status, body, headers: answered, seen } = await headers()
    assert.deepEqual([status, body, seen], [401, 'Jwt is missing', null])
    assert.equal(answered['www-authenticate'], 'Bearer realm="http://www.example.com:8080/headers"')
  }
  const isGood = async (sent: Readonly<Record<string, string>> = bearer) => {
    const exchanged = await headers(sent)
    assert.deepEqual([exchanged.status, exchanged.body], [200, 'seen'])
    return exchanged.seen!
  }

  test('the page has ten manifests', () => assert.equal(documents.length, 10))

  test('without them the sample app is open', async () => {
    assert.equal((await headers()).status, 200)
  })

  test('set up JWT authentication: 401 without a token, 200 with one', async () => {
    kgateway.apply(documents[0]!, documents[1]!)
    await isMissing()
    const seen = await isGood()
    assert.equal(seen.headers['authorization'], undefined)
  })

  test('forward JWT claims as request headers', async () => {
    kgateway.apply(documents[2]!)
    const seen = await isGood({ ...bearer, 'X-Team': 'forged' })
    assert.deepEqual([seen.headers['x-org'], seen.headers['x-team']], ['solo.io', 'dev'])
  })

  test('a remote key set that nobody can fetch lets nobody in', async () => {
    kgateway.apply(documents[3]!, documents[4]!)
    const { status, body } = await headers(bearer)
    assert.deepEqual([status, body], [401, 'Jwt issuer is not configured'])
    await isMissing()
  })

  test('validation mode Strict', async () => {
    kgateway.apply(documents[5]!)
    await isMissing()
    await isGood()
  })

  test('validation mode AllowMissing: no token passes, a bad one does not', async () => {
    kgateway.apply(documents[6]!)
    assert.equal((await headers()).status, 200)
    await isGood()
    const {
      status,
      body,
      headers: answered,
    } = await headers({ authorization: `${bearer.authorization.slice(0, -4)}AAAA` })
    assert.deepEqual([status, body], [401, 'Jwt verification fails'])
    assert.equal(
      answered['www-authenticate'],
      'Bearer realm="http://www.example.com:8080/headers", error="invalid_token"',
    )
  })

  test('configure audiences: the page’s token has none', async () => {
    kgateway.apply(documents[7]!)
    const { status, body } = await headers(bearer)
    assert.deepEqual([status, body], [403, 'Audiences in Jwt are not allowed'])
  })

  test('customize token source', async () => {
    kgateway.apply(documents[8]!)
    assert.equal((await headers(bearer)).body, 'Jwt is missing')
    const seen = await isGood({ 'x-jwt': `Bearer ${token}` })
    assert.equal(seen.headers['x-jwt'], undefined)
  })

  test('forward tokens upstream', async () => {
    kgateway.apply(documents[9]!)
    const seen = await isGood()
    assert.equal(seen.headers['authorization'], bearer.authorization)
  })
}
