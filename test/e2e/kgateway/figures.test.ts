/** What a scraper sees of rules that share the name of their HTTPRoute, and of backends that share a rule. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleApp, service, startKgateway } from './kgateway.ts'

test('a scraper finds each series once, and each request with the service that answered it', async (t) => {
  const address = { host: '127.0.0.1', port: 0 }
  const kgateway = await startKgateway(
    (port) => [...sampleApp(port), ...service('one', 'httpbin', port), ...service('two', 'httpbin', port)],
    { status: address },
  )
  t.after(() => kgateway.stop())
  const match = (value: string) => ({ matches: [{ path: { value } }] })
  const to = (name: string, weight: number) => ({ name, port: 8000, weight })
  kgateway.apply({
    ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute' },
    metadata: { name: 'rules', namespace: 'httpbin' },
    spec: {
      parentRefs: [{ name: 'http', namespace: 'kgateway-system' }],
      hostnames: ['rules.example.com'],
      rules: [
        { ...match('/a'), backendRefs: [to('one', 1)] },
        { ...match('/b'), backendRefs: [to('one', 1)] },
        { ...match('/shared'), backendRefs: [to('one', 0), to('two', 1)] },
      ],
    },
  })
  for (const path of ['/a', '/b', '/b', '/shared']) await kgateway.ask(path, { host: 'rules.example.com' })

  const text = await (await fetch(`http://127.0.0.1:${kgateway.gateway.ports.status}/metrics`)).text()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  const series = lines.map((line) => line.slice(0, line.lastIndexOf(' ')))
  assert.deepEqual(
    series.filter((each, at) => series.indexOf(each) !== at),
    [],
  )
  const requests = lines.filter((line) => line.startsWith('sallyport_requests_total'))
  assert.deepEqual(requests, [
    'sallyport_requests_total{route="httpbin/rules",service="Service/httpbin/one/8000",status="200"} 3',
    'sallyport_requests_total{route="httpbin/rules",service="Service/httpbin/two/8000",status="200"} 1',
  ])
  assert.ok(lines.includes('sallyport_request_seconds_count{route="httpbin/rules"} 4'))
})
