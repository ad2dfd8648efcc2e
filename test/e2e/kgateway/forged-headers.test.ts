/** Headers by which services hear who is calling, or where from: a client's own never reach them. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Kgateway, startKgateway } from './kgateway.ts'

let kgateway: Kgateway
before(async () => {
  kgateway = await startKgateway()
})
after(() => kgateway.stop())

const forged = [
  'x-forwarded-client-cert',
  'X_Forwarded_Client_Cert',
  'x-forwarded-host',
  'x-real-ip',
  'x-envoy-external-address',
  'x-envoy-force-trace',
  'x-envoy-hedge-on-per-try-timeout',
  'x-envoy-internal',
  'x-envoy-original-host',
  'x-envoy-original-path',
  'x-envoy-original-url',
  'x-envoy-max-retries',
  'x.envoy.upstream.rq.timeout.ms',
]
for (const name of forged) {
  test(`${name} of a client goes no further`, async () => {
    const { status, seen } = await kgateway.ask('/', { headers: { [name]: 'forged' } })
    assert.equal(status, 200)
    assert.ok(!JSON.stringify(seen!.headers).includes('forged'), JSON.stringify(seen!.headers))
  })
}
