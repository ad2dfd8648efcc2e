import 'reflect-metadata'
import assert from 'node:assert/strict'
import { webcrypto } from 'node:crypto'
import { before, beforeEach, describe, it } from 'node:test'
import { BasicConstraintsExtension, PemConverter, X509CertificateGenerator } from '@peculiar/x509'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { type AdminHarness, adminHarness } from './testkit.ts'

const clock = { time: Date.UTC(2030, 0, 1) }
let api: AdminHarness
let leaf: { cert: string; key: string }
let authority: { cert: string; key: string }

async function selfSigned(isAuthority: boolean) {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=test',
      keys,
      signingAlgorithm: algorithm,
      notBefore: new Date(Date.UTC(2029, 0, 1)),
      notAfter: new Date(Date.UTC(2031, 0, 1)),
      extensions: [new BasicConstraintsExtension(isAuthority)],
    },
    webcrypto,
  )
  const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { cert: certificate.toString('pem'), key: PemConverter.encode(key, 'PRIVATE KEY') }
}

before(async () => {
  ;[leaf, authority] = await Promise.all([selfSigned(false), selfSigned(true)])
})
beforeEach(() => {
  clock.time = Date.UTC(2030, 0, 1)
  api = adminHarness(openSqliteStore({ file: ':memory:', clock: { now: () => clock.time } }), clock)
})
const names = async () => {
  const { json } = await api.send('GET', '/snis')
  return json.data.map((sni: { name: string }) => sni.name).sort()
}
const message = async (method: string, path: string, body: unknown) => (await api.send(method, path, body)).json.message

describe('certificates', () => {
  it('show their server names sorted, and are found by them', async () => {
    const made = await api.send('POST', '/certificates', { ...leaf, snis: ['b.com', 'a.com'] })
    assert.deepEqual([made.status, made.json.snis], [201, ['a.com', 'b.com']])
    assert.deepEqual((await api.send('GET', '/certificates/b.com')).json, made.json)
    assert.deepEqual((await api.send('GET', '/certificates')).json.data, [made.json])
  })
  it('get other server names by PATCH and PUT, and keep them when a PATCH says nothing', async () => {
    const { id } = (await api.send('POST', '/certificates', { ...leaf, snis: ['a.com'] })).json
    assert.deepEqual((await api.send('PATCH', `/certificates/${id}`, { tags: ['x'] })).json.snis, ['a.com'])
    await api.send('PATCH', '/certificates/a.com', { snis: ['b.com', 'c.com'] })
    assert.deepEqual(await names(), ['b.com', 'c.com'])
    assert.deepEqual((await api.send('PUT', `/certificates/${id}`, leaf)).json.snis, [])
  })
  it('are made by a PUT to a server name that nobody has', async () => {
    const { json } = await api.send('PUT', '/certificates/new.com', leaf)
    assert.deepEqual(json.snis, ['new.com'])
    assert.equal((await api.send('PUT', '/certificates/new.com', leaf)).json.id, json.id)
  })
  it('take their server names along when they go', async () => {
    await api.send('POST', '/certificates', { ...leaf, snis: ['a.com'] })
    assert.equal((await api.send('DELETE', '/certificates/a.com')).status, 204)
    assert.deepEqual(await names(), [])
  })
  it('are not deleted while a service shows them', async () => {
    const { id } = (await api.send('POST', '/certificates', leaf)).json
    await api.send('POST', '/services', { url: 'https://a', client_certificate: { id } })
    const expected = "an existing 'services' entity references this 'certificates' entity"
    assert.equal(await message('DELETE', `/certificates/${id}`, undefined), expected)
  })
  it('are refused with names that are taken, twice there, or none, and then nothing is written', async () => {
    const { id } = (await api.send('POST', '/certificates', { ...leaf, snis: ['a.com'] })).json
    const rows: [unknown, string][] = [
      [['a.com'], `schema violation (snis: a.com already associated with existing certificate '${id}')`],
      [['b.com', 'b.com'], 'schema violation (snis: b.com is duplicated)'],
      [['1.2.3.4'], 'schema violation (snis.1: must not be an IP)'],
    ]
    for (const [snis, expected] of rows)
      assert.equal(await message('POST', '/certificates', { ...leaf, snis }), expected)
    assert.equal((await api.send('GET', '/certificates')).json.data.length, 1)
  })
  it('are refused with the key of another', async () => {
    const mixed = { cert: leaf.cert, key: authority.key }
    assert.equal(await message('POST', '/certificates', mixed), 'schema violation (certificate does not match key)')
  })
})

describe('authorities', () => {
  it('are kept with their digest, once', async () => {
    const { json } = await api.send('POST', '/ca_certificates', { cert: authority.cert })
    assert.match(json.cert_digest, /^[0-9a-f]{64}$/)
    assert.equal((await api.send('POST', '/ca_certificates', { cert: authority.cert })).status, 409)
  })
  it('are refused when they are none, expired, or several', async () => {
    assert.match(await message('POST', '/ca_certificates', { cert: leaf.cert }), /does not appear to be a CA/)
    const both = `${authority.cert}\n${leaf.cert}`
    assert.match(await message('POST', '/ca_certificates', { cert: both }), /please submit only one certificate/)
    clock.time = Date.UTC(2032, 0, 1)
    assert.match(await message('POST', '/ca_certificates', { cert: authority.cert }), /certificate expired/)
  })
  it('are not deleted while a service trusts them', async () => {
    const { id } = (await api.send('POST', '/ca_certificates', { cert: authority.cert })).json
    const service = (await api.send('POST', '/services', { url: 'https://a', ca_certificates: [id] })).json
    const expected = `ca certificate ${id} is still referenced by services (id = ${service.id})`
    assert.equal(await message('DELETE', `/ca_certificates/${id}`, undefined), expected)
  })
})
