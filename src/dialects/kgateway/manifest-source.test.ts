/** What nobody can read may have been a policy: then nothing new is served, so that nothing new stands open. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { manifestProblems } from './manifest-problems.ts'
import { ManifestSource } from './manifest-source.ts'
import { DEFAULT_SETTINGS } from './translate/settings.ts'
import { gateway, httpRoute, service } from './translate/testkit.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-manifests-'))
after(() => rmSync(folder, { recursive: true }))
const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
const policy = (kind: string, apiVersion = 'gateway.kgateway.dev/v1alpha1') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: p}\nspec: {}\n`

const unread: [sentence: string, text: string, problem: RegExp][] = [
  ['what is no YAML', 'kind: TrafficPolicy\nspec:\n\tjwtAuth: {}\n', /Tabs are not allowed/],
  ['an object without a kind', 'apiVersion: gateway.kgateway.dev/v1alpha1\nspec: {}\n', /'Kind' is missing/],
  ['a kind that kgateway has not', policy('TraficPolicy'), /no matches for kind "TraficPolicy"/],
  ['a policy of a group that has none', policy('TrafficPolicy', 'gateway.kgatway.dev/v1alpha1'), /no matches for kind/],
]
const read: [sentence: string, text: string][] = [
  ['objects of others', policy('Deployment', 'apps/v1')],
  ['kinds of kgateway’s that are not served', policy('ListenerPolicy')],
  ['records that are no objects', 'replicas: 3\n'],
  ['a policy with a mistake, which closes what it is on', policy('TrafficPolicy').replace('{}', '{jwtAuth: {}}')],
]
for (const [sentence, text, problem] of unread) {
  test(`${sentence} keeps a gateway from starting, and an edit from being taken`, () => {
    write('a.yaml', [gateway(), service()].map((each) => JSON.stringify(each)).join('\n---\n'))
    write('b.yaml', '')
    write('c.yaml', JSON.stringify(httpRoute('before')))
    const running = new ManifestSource(folder, DEFAULT_SETTINGS)
    assert.deepEqual(running.read().problems, [])
    write('b.yaml', text)
    write('c.yaml', JSON.stringify(httpRoute('after')))
    for (const source of [running, new ManifestSource(folder, DEFAULT_SETTINGS)]) {
      const { problems, changes } = source.read()
      assert.match(problems.map(({ message }) => message).join(), problem)
      assert.deepEqual(changes, [])
    }
    assert.match(
      manifestProblems(folder, DEFAULT_SETTINGS)
        .map(({ message }) => message)
        .join(),
      problem,
    )
    write('b.yaml', '')
    assert.ok(JSON.stringify(running.read().changes).includes('default/after'))
  })
}
for (const [sentence, text] of read) {
  test(`${sentence} do no such thing`, () => {
    write('b.yaml', text)
    assert.deepEqual(new ManifestSource(folder, DEFAULT_SETTINGS).read().problems, [])
  })
}

test('a file that was good before keeps what it said, and the rest of an edit is taken', () => {
  write('b.yaml', JSON.stringify(httpRoute('kept')))
  const running = new ManifestSource(folder, DEFAULT_SETTINGS)
  running.read()
  write('b.yaml', 'kind: [')
  write('c.yaml', JSON.stringify(httpRoute('later')))
  const { problems, changes } = running.read()
  assert.deepEqual(problems, [])
  for (const name of ['kept', 'later']) assert.ok(JSON.stringify(changes).includes(`default/${name}`))
})
