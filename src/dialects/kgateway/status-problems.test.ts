import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { problemText } from '../../model/problem.ts'
import { manifestProblems } from './manifest-problems.ts'
import { DEFAULT_SETTINGS } from './translate/settings.ts'

const gateway = (listener: object) => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'Gateway', metadata: { name: 'http', namespace: 'infra' } },
  spec: { gatewayClassName: 'kgateway', listeners: [{ name: 'web', port: 80, protocol: 'HTTP', ...listener }] },
})
const route = (parent: object, spec: object = {}, namespace = 'infra') => ({
  ...{ apiVersion: 'gateway.networking.k8s.io/v1', kind: 'HTTPRoute', metadata: { name: 'r', namespace } },
  spec: {
    parentRefs: [{ name: 'http', namespace: 'infra', ...parent }],
    rules: [{ filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'x.example.com' } }] }],
    ...spec,
  },
})
const policy = (target: object, namespace = 'infra') => ({
  ...{ apiVersion: 'gateway.kgateway.dev/v1alpha1', kind: 'TrafficPolicy', metadata: { name: 'p', namespace } },
  spec: { targetRefs: [{ group: 'gateway.networking.k8s.io', kind: 'HTTPRoute', name: 'r', ...target }] },
})
const tls = { protocol: 'HTTPS', tls: { certificateRefs: [{ name: 'missing' }] } }

const rows: [sentence: string, manifests: object[], told: RegExp[]][] = [
  ['nothing wrong', [gateway({}), route({}), policy({})], []],
  [
    'a sectionName that no listener has',
    [gateway({}), route({ sectionName: 'wbe' })],
    [/HTTPRoute infra\/r on http: Accepted is False: NoMatchingParent: no listener of it has the sectionName/],
  ],
  [
    'a namespace that the listener does not let in',
    [gateway({}), route({}, {}, 'shop')],
    [/HTTPRoute shop\/r on http: Accepted is False: NotAllowedByListeners: allowedRoutes of its listeners/],
  ],
  [
    'hostnames that the listener does not take',
    [gateway({ hostname: '*.example.com' }), route({}, { hostnames: ['example.org'] })],
    [/Accepted is False: NoMatchingListenerHostname: none of the hostnames/],
  ],
  [
    'a policy in another namespace than its target',
    [gateway({}), route({}), policy({}, 'shop')],
    [/TrafficPolicy shop\/p: guards nothing: in namespace shop nothing has the name/],
  ],
  [
    'a certificate that is not there: once for the Gateway, once for the listener',
    [gateway(tls)],
    [
      /Gateway infra\/http: Accepted is True/,
      /Gateway infra\/http: ResolvedRefs is False/,
      /listener web: Accepted.*missing/,
    ],
  ],
]
for (const [sentence, manifests, told] of rows) {
  test(sentence, (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-problems-'))
    t.after(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'a.yaml'), manifests.map((each) => JSON.stringify(each)).join('\n---\n'))
    const lines = manifestProblems(folder, DEFAULT_SETTINGS).map(problemText)
    assert.equal(lines.length, told.length, lines.join('\n'))
    lines.forEach((line, at) => {
      assert.match(line, told[at]!)
      assert.ok(line.startsWith(`${folder}/a.yaml:`), line)
    })
  })
}
