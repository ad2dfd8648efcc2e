/**
 * Nanoseconds of CPU that `jwt-authn` takes for a request whose token was seen before, with one provider and with a thousand:
 * `sh tools/node.sh bench/micro/jwt-authn.ts`. Rounds of both alternate, and the median of each counts.
 */
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { systemClock } from '../../src/base/clock.ts'
import { signCompact } from '../../src/identity/jose/sign-compact.ts'
import { HttpExchange } from '../../src/plane/exchange.ts'
import { requestRoles } from '../../src/plane/http1/header-roles.ts'
import { RequestHead } from '../../src/plane/http1/message-head.ts'
import { jwtAuthn } from '../../src/policies/jwt-authn/handler.ts'
import type { CompiledPolicy } from '../../src/policy/policy.ts'
import { compilePolicy } from '../../src/policy/test-kit.ts'

const CLAIMS = [
  { claim: 'sub', header: 'X-User-ID' },
  { claim: 'tenant_id', header: 'X-Tenant-ID' },
  { claim: 'role', header: 'X-User-Role' },
]
const ROUNDS = 41
const REQUESTS = 5000

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const local = JSON.stringify({ ...publicKey.export({ format: 'jwk' }), kid: 'k' })
const nameOf = (n: number) => `https://issuer-${String(n).padStart(4, '0')}.example.com`

function useOf(providers: number): CompiledPolicy {
  const each = Array.from({ length: providers }, (_, n) => ({
    name: `provider-${String(n).padStart(4, '0')}`,
    issuer: nameOf(n),
    claimsToHeaders: CLAIMS,
    keys: { local },
  }))
  return compilePolicy(jwtAuthn, { providers: each }, { clock: systemClock })
}

function tokenOf(issuer: string, key: KeyObject): string {
  const claims = { iss: issuer, sub: 'user-1234', tenant_id: 'tenant-77', role: 'admin', exp: 4_000_000_000 }
  return signCompact('RS256', key, claims, { kid: 'k' })
}

const roles = requestRoles([], [])
/** A request with what browsers send besides, as the plane reads it. */
function bytesWith(token: string): Buffer {
  const others = ['Host: api.example.com', 'User-Agent: bench', 'Accept: */*', 'Accept-Encoding: gzip', 'X-Request: 1']
  const lines = ['GET /orders?page=2 HTTP/1.1', ...others, `Authorization: Bearer ${token}`, 'Connection: keep-alive']
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)
}

const facts = {
  scheme: 'http',
  http2: false,
  trusted: false,
  ip: '127.0.0.1',
  port: 1,
  localIp: '127.0.0.1',
  localPort: 2,
  sni: null,
  certificate: null,
}
const target = { path: '/orders', query: 'page=2', hasQuery: true }

/** Nanoseconds of CPU for one request; reading its head is not counted. */
function round(use: CompiledPolicy, bytes: Buffer): number {
  const exchanges = Array.from({ length: REQUESTS }, () => {
    const head = new RequestHead()
    head.scan(bytes, 0, bytes.length, roles, { headBytes: 65_536, headers: 100 })
    return new HttpExchange(head, facts as never, target, target.path, Date.now(), 0)
  })
  const begun = process.cpuUsage()
  for (const exchange of exchanges) {
    const verdict = use.request!(exchange)
    if (verdict instanceof Promise || verdict.kind !== 'identified') throw new Error('the token was not taken')
  }
  const { user, system } = process.cpuUsage(begun)
  return ((user + system) * 1000) / REQUESTS
}

const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!

const contenders = [1, 1000].map((providers) => {
  // the last of them: who asks one after another is slowest there
  return {
    providers,
    use: useOf(providers),
    bytes: bytesWith(tokenOf(nameOf(providers - 1), privateKey)),
    ns: [] as number[],
  }
})
for (let n = 0; n < ROUNDS; n++) {
  for (const { use, bytes, ns } of contenders) ns.push(round(use, bytes))
}
const [one, thousand] = contenders.map(({ providers, ns }) => {
  const middle = median(ns.slice(1))
  console.log(`${String(providers).padStart(5)} provider(s): ${middle.toFixed(0)} ns for a token seen before`)
  return middle
})
console.log(`ratio: ${(thousand! / one!).toFixed(2)}`)
