import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { problemText } from '../../../model/problem.ts'
import { olderFirst } from '../resources/resource.ts'
import type { Manifests } from './manifest-reading.ts'
import { readManifests, readManifestText } from './read-manifests.ts'

const root = mkdtempSync(join(tmpdir(), 'manifests-'))
after(() => rmSync(root, { recursive: true }))

const told = ({ problems }: Manifests) => problems.map((each) => `${each.severity} ${problemText(each)}`)
const names = ({ resources }: Manifests) =>
  [...resources].map(({ kind, metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`)
const text = (yaml: string, before: Manifests | null = null) => readManifestText(yaml, 'a.yaml', before)

const policy = (name: string, spec: string, metadata = '') =>
  `apiVersion: gateway.kgateway.dev/v1alpha1\nkind: TrafficPolicy\nmetadata: {name: ${name}${metadata}}\nspec: ${spec}\n`
const good = (name: string) => policy(name, '{jwtAuth: {disable: {}}}')
const bad = (name: string) => policy(name, '{jwtAuth: {}}')

describe('one text', () => {
  test('many documents; empty ones and comments are nothing', () => {
    const read = text(`# first\n---\n${good('a')}---\n---\n# nothing\n---\n${good('b')}`)
    assert.deepEqual(names(read), ['TrafficPolicy/default/a', 'TrafficPolicy/default/b'])
    assert.deepEqual(told(read), [])
  })
  test('JSON, too', () => {
    const read = text(
      JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' }, data: { a: 'b' } }),
    )
    assert.equal(read.resources.get('ConfigMap', 'default', 'c')!.data.a, 'b')
  })
  test('a list is taken apart, also one inside of another', () => {
    const item = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } })
    const inner = { apiVersion: 'v1', kind: 'ConfigMapList', items: [item('b')] }
    const read = text(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [item('a'), inner] }))
    assert.deepEqual(names(read), ['ConfigMap/default/a', 'ConfigMap/default/b'])
  })
  test('a problem names file, line and element; the others are read', () => {
    const read = text(
      `${good('a')}---\n${policy('b', '\n  jwtAuth:\n    extensionRef:\n      nmae: x')}---\n${good('c')}`,
    )
    assert.deepEqual(names(read), ['TrafficPolicy/default/a', 'TrafficPolicy/default/c'])
    assert.deepEqual(told(read).slice(0, 2), [
      'error a.yaml:12: TrafficPolicy default/b: unknown field "spec.jwtAuth.extensionRef.nmae"',
      'error a.yaml:11: TrafficPolicy default/b: spec.jwtAuth.extensionRef.name: Required value',
    ])
    assert.deepEqual(read.problems[1]!.element, { kind: 'TrafficPolicy', namespace: 'default', name: 'b' })
    const [refused] = read.refused
    assert.deepEqual(refused!.spec, { jwtAuth: { extensionRef: { nmae: 'x' } } })
    assert.equal(refused!.isKept, false)
  })
  test('a document that is no YAML keeps out itself alone', () => {
    const read = text(`${good('a')}---\nkind: [TrafficPolicy\n---\n${good('c')}`)
    assert.deepEqual(names(read), ['TrafficPolicy/default/a', 'TrafficPolicy/default/c'])
    assert.match(told(read)[0]!, /^error a\.yaml:[67]: Flow sequence/)
  })
  test('a key that stands twice', () => {
    const read = text(`${good('a')}kind: TrafficPolicy\n`)
    assert.deepEqual(told(read), ['error a.yaml:5: Map keys must be unique'])
  })
  test('a policy with a field that nobody knows is kept out, whatever else it says; a route loses the field', () => {
    const read = text(
      `${policy('a', '{jwtauth: {extensionRef: {name: x}}}')}---\napiVersion: gateway.networking.k8s.io/v1\n` +
        'kind: HTTPRoute\nmetadata: {name: r}\nspec: {hostname: x}\n',
    )
    assert.deepEqual(names(read), ['HTTPRoute/default/r'])
    assert.deepEqual(
      read.refused.map(({ kind, name }) => [kind, name]),
      [['TrafficPolicy', 'a']],
    )
    assert.deepEqual(
      told(read).map((line) => line.replace(/a\.yaml:\d+/, 'PLACE')),
      [
        'error PLACE: TrafficPolicy default/a: unknown field "spec.jwtauth"',
        'warning PLACE: HTTPRoute default/r: unknown field "spec.hostname"',
      ],
    )
  })
  test('of one value that is wrong one thing is said, not that rules went unasked', () => {
    const read = text(policy('a', '{rbac: {action: allow, policy: {matchExpressions: ["true"]}}}'))
    assert.equal(read.problems.length, 1)
    assert.match(told(read)[0]!, /spec\.rbac\.action: Unsupported value: "allow"/)
  })
  test('of kinds that are not read those are said that may have been meant for a gateway', () => {
    const of = (apiVersion: string, kind: string) =>
      told(text(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: d, namespace: other}\n`))
    assert.deepEqual(of('apps/v1', 'Deployment'), [])
    assert.deepEqual(of('v1', 'ServiceAccount'), [])
    assert.deepEqual(of('gateway.kgateway.dev/v1alpha1', 'ListenerPolicy'), [
      'warning a.yaml:1: ListenerPolicy other/d: gateway.kgateway.dev/v1alpha1 ListenerPolicy is not read',
    ])
    assert.deepEqual(of('gateway.kgateway.io/v1alpha1', 'TrafficPolicy'), [
      'error a.yaml:1: no matches for kind "TrafficPolicy" in version "gateway.kgateway.io/v1alpha1"',
    ])
  })
  test('other versions, and what is no object', () => {
    const read = text(
      'apiVersion: gateway.kgateway.dev/v1\nkind: Backend\nmetadata: {name: b}\n---\nhello\n---\nkind: Backend\n',
    )
    assert.deepEqual(told(read), [
      'error a.yaml:1: Backend default/b: no matches for kind "Backend" in version "gateway.kgateway.dev/v1"; write gateway.kgateway.dev/v1alpha1',
      'error a.yaml:5: expected a Kubernetes object: a record with apiVersion and kind',
      "error a.yaml:7: Object 'apiVersion' is missing",
    ])
    assert.equal(read.resources.size, 0)
  })
  test('YAML as kubectl reads it: `yes` is a truth value, dates and sixties are texts', () => {
    const data = (value: string) => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {a: ${value}}\n`
    assert.match(told(text(data('yes')))[0]!, /must be of type string: "boolean"/)
    for (const value of ['2026-01-01', '12:30:45', '190:20']) {
      assert.equal(text(data(value)).resources.get('ConfigMap', 'default', 'c')?.data.a, value)
    }
  })
  test('anchors, aliases and merged keys', () => {
    const yaml = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, labels: &l {a: b}, annotations: {<<: *l, c: d}}\n`
    const { metadata } = text(yaml).resources.get('ConfigMap', 'default', 'c')!
    assert.deepEqual([metadata.labels, metadata.annotations], [{ a: 'b' }, { a: 'b', c: 'd' }])
  })
  test('aliases that blow up are refused, and so is what is nested too deeply', () => {
    const laughs = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
    for (let n = 0; n < 8; n++) {
      const [to, from] = [String.fromCharCode(98 + n), String.fromCharCode(97 + n)]
      laughs.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(',')}]`)
    }
    assert.match(told(text(`${laughs.join('\n')}\n---\n${good('a')}`))[0]!, /Excessive alias count/)
    assert.equal(text('['.repeat(100_000)).resources.size, 0)
    assert.ok(text(`a: ${'['.repeat(20_000)}${']'.repeat(20_000)}`).problems.length > 0)
  })
})

describe('a text that is read again', () => {
  const twice = (first: string, second: string) => readManifestText(second, 'a.yaml', text(first))

  test('lines are those of the text as it is now, of what was edited and of what was not', () => {
    const wrong = policy('b', '\n  jwtAuth:\n    extensionRef:\n      nmae: x')
    const first = `${good('a')}---\n${wrong}`
    const second = `# one\n# two\n${good('a')}---\n${wrong}`
    const lines = (read: Manifests) => read.problems.map(({ line }) => line)
    assert.deepEqual(lines(text(first)), [12, 11])
    assert.deepEqual(lines(twice(first, second)), [14, 13])
    assert.deepEqual(lines(twice(second, first)), [12, 11])
    const place = twice(first, `${policy('c', '{}')}---\n${good('a')}`).resources.get(
      'TrafficPolicy',
      'default',
      'a',
    )!.place
    assert.equal(place.line, 6)
  })
  test('what is unchanged is the same generation, and its warnings are told again', () => {
    const spec = 'metadata: {name: r}\nspec: {hostname: x}\n'
    const route = `apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\n${spec}`
    const read = twice(`${route}---\n${good('a')}`, `${good('b')}---\n${route}`)
    assert.deepEqual(told(read), ['warning a.yaml:9: HTTPRoute default/r: unknown field "spec.hostname"'])
    assert.equal(read.resources.get('HTTPRoute', 'default', 'r')!.metadata.generation, 1)
  })
  test('a list whose text is unchanged', () => {
    const list = (name: string) =>
      JSON.stringify({
        ...{ apiVersion: 'v1', kind: 'List' },
        items: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: {} }],
      })
    assert.deepEqual(names(twice(list('a'), `${list('a')}\n---\n${list('b')}`)), [
      'ConfigMap/default/a',
      'ConfigMap/default/b',
    ])
  })
  test('many items of one list are placed by one more parse, not by one each', () => {
    const items = Array.from({ length: 2000 }, (_, n) => ({
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `c${n}` }, dota: {} },
    }))
    const read = text(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }, null, 1))
    assert.equal(read.problems.length, 2000)
    assert.equal(read.problems[1]!.line! - read.problems[0]!.line!, 8)
  })
  test('`---` within quotes, behind blanks and with a directive', () => {
    const map = (name: string, value: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\ndata: {a: ${value}}\n`
    assert.deepEqual(names(text(`${map('a', '"x --- y"')}--- # next\n${map('b', 'x')}`)), [
      'ConfigMap/default/a',
      'ConfigMap/default/b',
    ])
    const block = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  a: |\n    x\n    ---\n    y\n`
    assert.equal(text(block).resources.get('ConfigMap', 'default', 'a')?.data.a, 'x\n---\ny\n')
    assert.deepEqual(names(text(`%YAML 1.1\n---\n${map('a', 'x')}---\n${map('b', 'x')}`)), [
      'ConfigMap/default/a',
      'ConfigMap/default/b',
    ])
    // a `...` ends a document too
    assert.deepEqual(names(text(`${map('a', 'x')}...\n---\n${map('b', 'x')}`)), [
      'ConfigMap/default/a',
      'ConfigMap/default/b',
    ])
  })
})

describe('the same object again', () => {
  test('the later one goes, with a warning that names both; a changed spec is another generation', () => {
    const other = policy('a', '{rbac: {policy: {matchExpressions: ["true"]}}}')
    const read = text(`${good('a')}---\n${good('a')}---\n${other}`)
    assert.deepEqual(told(read), [
      'warning a.yaml:6: TrafficPolicy default/a: this is written a second time and replaces what a.yaml:1 says',
      'warning a.yaml:11: TrafficPolicy default/a: this is written a second time and replaces what a.yaml:6 says',
    ])
    const resource = read.resources.get('TrafficPolicy', 'default', 'a')!
    assert.equal(resource.metadata.generation, 2)
    assert.ok('rbac' in resource.spec && !('jwtAuth' in resource.spec))
  })
  test('a later one that is wrong leaves the earlier one, as an API server would', () => {
    const read = text(`${good('a')}---\n${bad('a')}`)
    assert.ok('jwtAuth' in read.resources.get('TrafficPolicy', 'default', 'a')!.spec)
    assert.equal(read.refused[0]!.isKept, true)
  })
  test('a later one that is right makes an earlier wrong one forgotten', () => {
    const read = text(`${bad('a')}---\n${good('a')}`)
    assert.equal(read.resources.size, 1)
    assert.deepEqual(read.refused, [])
  })
  test('who is older: by what the documents say, else by their order', () => {
    const at = (name: string, time: string) => policy(name, '{}', `, creationTimestamp: '${time}'`)
    const read = text(
      [
        good('z'),
        good('a'),
        at('o', '2026-01-02T00:00:00Z'),
        at('m', '2026-01-01T00:00:00Z'),
        at('l', '2026-01-02T00:00:00Z'),
      ].join('---\n'),
    )
    const ages = read.resources.all('TrafficPolicy').toSorted(olderFirst)
    assert.deepEqual(
      ages.map(({ metadata }) => metadata.name),
      ['m', 'l', 'o', 'z', 'a'],
    )
  })
})

describe('reading again', () => {
  test('generations go on counting, ages stay, what is gone is gone', () => {
    const first = text(`${good('a')}---\n${good('b')}---\n${good('c')}`)
    const second = text(`${good('new')}---\n${policy('b', '{}')}---\n${good('a')}`, first)
    assert.deepEqual(
      names(second),
      ['new', 'b', 'a'].map((name) => `TrafficPolicy/default/${name}`),
    )
    const seen = [...second.resources].map(({ metadata: { name, generation, order } }) => [name, generation, order])
    assert.deepEqual(seen, [
      ['new', 1, 3],
      ['b', 2, 1],
      ['a', 1, 0],
    ])
  })
  test('what is wrong now stays as it was', () => {
    const second = text(bad('a'), text(`${good('a')}---\n${good('b')}`))
    assert.deepEqual(names(second), ['TrafficPolicy/default/a'])
    assert.equal(second.refused[0]!.isKept, true)
    assert.ok('jwtAuth' in second.resources.get('TrafficPolicy', 'default', 'a')!.spec)
  })
  test('what a document that can not be read may have held stays, too', () => {
    const second = text(`${good('b')}---\nkind: [`, text(`${good('a')}---\n${good('b')}`))
    assert.deepEqual(names(second).sort(), ['TrafficPolicy/default/a', 'TrafficPolicy/default/b'])
  })
})

describe('a folder', () => {
  const folder = (name: string, files: Readonly<Record<string, string>>) => {
    const path = join(root, name)
    for (const [file, content] of Object.entries(files)) {
      mkdirSync(join(path, file, '..'), { recursive: true })
      writeFileSync(join(path, file), content)
    }
    return path
  }
  test('every manifest in it and below, in order of names; nothing else, nothing hidden', () => {
    const path = folder('a', {
      'b.yaml': good('b'),
      'a/z.yml': good('az'),
      'c.json': JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } }),
      'README.md': 'no manifest',
      '..2026/b.yaml': good('hidden'),
      '.hidden.yaml': good('hidden'),
    })
    const read = readManifests(path)
    assert.deepEqual(names(read), ['TrafficPolicy/default/az', 'TrafficPolicy/default/b', 'ConfigMap/default/c'])
    assert.equal(read.resources.get('TrafficPolicy', 'default', 'b')!.place.source, join(path, 'b.yaml'))
  })
  test('links are followed, but not in circles', () => {
    const path = folder('b', { '..data/a.yaml': good('a'), 'sub/b.yaml': good('b') })
    symlinkSync(join(path, '..data/a.yaml'), join(path, 'a.yaml'))
    symlinkSync(path, join(path, 'sub/again'))
    assert.deepEqual(names(readManifests(path)), ['TrafficPolicy/default/a', 'TrafficPolicy/default/b'])
  })
  test('one file, whatever it is called', () => {
    const path = folder('c', { manifest: good('a') })
    assert.deepEqual(names(readManifests(join(path, 'manifest'))), ['TrafficPolicy/default/a'])
  })
  test('nothing there: said, and what was there before stays', () => {
    const path = folder('d', { 'a.yaml': good('a') })
    const first = readManifests(path)
    rmSync(path, { recursive: true })
    const second = readManifests(path, first)
    assert.deepEqual(told(second), [`error ${path}: there is no such file or folder`])
    assert.deepEqual(names(second), ['TrafficPolicy/default/a'])
  })
  test('a file that is gone takes its objects with it', () => {
    const path = folder('e', { 'a.yaml': good('a'), 'b.yaml': good('b') })
    const first = readManifests(path)
    rmSync(join(path, 'a.yaml'))
    assert.deepEqual(names(readManifests(path, first)), ['TrafficPolicy/default/b'])
  })
})

test('a namespace has its name for a label, declared or not', () => {
  const { resources } = text('apiVersion: v1\nkind: Namespace\nmetadata: {name: ns, labels: {team: x}}\n')
  assert.deepEqual(resources.namespaceLabels('ns'), { team: 'x', 'kubernetes.io/metadata.name': 'ns' })
  assert.deepEqual(resources.namespaceLabels('other'), { 'kubernetes.io/metadata.name': 'other' })
})
