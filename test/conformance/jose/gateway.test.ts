import assert from 'node:assert/strict'
import { createPublicKey, type JsonWebKeyInput } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { after, before } from 'node:test'
import { type Gateway, startGateway } from '../../../src/app.ts'
import { tokenVectors, type Vector } from './vectors.ts'

/**
 * The same vectors once more, now as a user meets them: each key is a JWT credential made through the Admin API, each
 * token a request. Credentials are looked up by the header's `alg`, since these tokens name no issuer.
 */
let gateway: Gateway
let service: Server
let admin: string
let reached = 0

const loopback = { host: '127.0.0.1', port: 0 }
const silent = { info() {}, warn() {}, error() {} }

before(async () => {
  service = createServer((_request, response) => {
    reached++
    response.end('reached')
  })
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve))
  gateway = await startGateway(
    {
      sources: [],
      store: 'memory',
      proxyHttp: loopback,
      proxyHttps: null,
      admin: loopback,
      status: null,
      trustedIps: [],
      proxyProtocol: false,
      http2PriorKnowledge: false,
      exactHosts: false,
      accessLog: null,
    },
    silent,
  )
  admin = `http://127.0.0.1:${gateway.ports.admin}`
  await write('PUT', '/services/s', { url: `http://127.0.0.1:${(service.address() as AddressInfo).port}` })
  await write('PUT', '/services/s/routes/r', { paths: ['/'] })
  await write('PUT', '/consumers/c', {})
})

after(async () => {
  await gateway.stop(1000)
  service.close()
  service.closeAllConnections()
})

async function write(method: string, path: string, body: object): Promise<Record<string, unknown>> {
  const response = await fetch(admin + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const text = await response.text()
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`)
  return JSON.parse(text) as Record<string, unknown>
}

/** The credential that a vector's key makes; null when Kong's credentials can't hold such a key. */
function credential({ key, alg }: Vector): Record<string, unknown> | null {
  if (alg.startsWith('HS')) {
    const bytes = Buffer.from(String(key['k']), 'base64url')
    return bytes.length === 0 ? null : { secret: bytes.toString('base64url') }
  }
  try {
    const pem = createPublicKey({ key, format: 'jwk' } as unknown as JsonWebKeyInput).export({
      type: 'spki',
      format: 'pem',
    })
    return { rsa_public_key: pem.toString() }
  } catch {
    return null
  }
}

function headerOf(token: string): Record<string, unknown> | null {
  try {
    const header: unknown = JSON.parse(Buffer.from(token.split('.')[0]!, 'base64url').toString())
    return typeof header === 'object' && header !== null ? (header as Record<string, unknown>) : null
  } catch {
    return null
  }
}

function hasClaims(token: string): boolean {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString())
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims)
  } catch {
    return false
  }
}

test('every token vector is decided right through the running gateway', async (t) => {
  const tokens = new Map<string, Vector[]>()
  for (const vector of tokenVectors) {
    const name = JSON.stringify([vector.key, vector.alg])
    tokens.set(name, [...(tokens.get(name) ?? []), vector])
  }
  let accepted = 0
  let refused = 0
  for (const vectors of tokens.values()) {
    const { alg } = vectors[0]!
    const material = credential(vectors[0]!)
    if (material === null) continue
    // secrets of these vectors are bytes, so the route reads them as base64
    const use = await write('POST', '/routes/r/plugins', {
      name: 'jwt',
      config: { key_claim_name: 'alg', secret_is_base64: true },
    })
    const made = await write('POST', '/consumers/c/jwt', { key: alg, algorithm: alg, ...material })
    for (const vector of vectors) {
      // no header can carry other characters than these; what a client can't send needs no decision
      if (!/^[\x21-\x7e]*$/.test(vector.token) || vector.token === '') continue
      const before = reached
      const response = await fetch(`http://127.0.0.1:${gateway.ports.http}/`, {
        headers: { authorization: `Bearer ${vector.token}` },
      })
      const body = await response.text()
      // a Kong JWT needs claims, and a header that names the credential
      const applies = hasClaims(vector.token) && headerOf(vector.token)?.['alg'] === alg
      const expected = vector.valid && applies ? 200 : 401
      assert.equal(response.status, expected, `${vector.name}: ${body}`)
      assert.equal(reached - before, expected === 200 ? 1 : 0, `${vector.name}: what the service saw`)
      if (expected === 200) accepted++
      else refused++
    }
    await fetch(`${admin}/consumers/c/jwt/${made['id']}`, { method: 'DELETE' })
    await fetch(`${admin}/plugins/${use['id']}`, { method: 'DELETE' })
  }
  t.diagnostic(`${accepted} accepted, ${refused} refused`)
  assert.ok(accepted > 0 && refused > 100)
})
