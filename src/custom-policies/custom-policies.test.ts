import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { problemText } from '../model/problem.ts'
import { CustomPolicies } from './custom-policies.ts'

const policy = (name: string, summary = 'Does nothing.', first = '') => `${first}
import { definePolicy, record } from 'sallyport/policy'
export default definePolicy({
  name: '${name}', phase: 'shape', summary: '${summary}', config: record({}), reasons: {}, compile: () => ({}),
})`

/** Policies in a folder of the test's own, and how files are written there. */
function policiesOf(t: TestContext, files: Readonly<Record<string, string>>) {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-policies-'))
  t.after(() => rmSync(dir, { recursive: true }))
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), text)
  }
  for (const [file, text] of Object.entries(files)) write(file, text)
  const custom = new CustomPolicies({ dirs: [dir], taken: { policies: new Set(['jwt']), kinds: new Set() } })
  const read = async () => (await custom.read()).map((problem) => problemText(problem).replaceAll(dir, 'DIR'))
  const summaries = () => custom.policies.map(({ name, summary }) => `${name}: ${summary}`)
  return { dir, custom, write, read, summaries }
}

const broken: [sentence: string, files: Readonly<Record<string, string>>, problem: RegExp][] = [
  [
    'text that is no program',
    { 'a/policy.ts': policy('a', 'x', 'let') },
    /^DIR\/a\/policy\.ts: it can't be loaded: Syntax/,
  ],
  [
    'a throw while loading',
    { 'a/policy.js': policy('a', 'x', "throw new Error('no ink')") },
    /Error: no ink .*:1:7\)$/,
  ],
  [
    'an import that is not there',
    { 'a/policy.ts': "import './b.ts'" },
    /^DIR\/a\/policy\.ts: .*Cannot find module .*b\.ts/,
  ],
  [
    'no default export',
    { 'a/policy.mjs': 'export const a = 1' },
    /^DIR\/a\/policy\.mjs: it exports no policy: end the/,
  ],
  ['a wrong field', { 'a/policy.ts': policy('b') }, /^DIR\/a\/policy\.ts: name: expected 'a', the name of its folder/],
  ['the name of a built-in', { 'jwt/policy.ts': policy('jwt') }, /name: there is a policy 'jwt' already/],
  [
    'a folder without a policy',
    { 'a/handler.ts': '' },
    /^DIR\/a: there is no policy here .*: add policy\.ts, or call /,
  ],
  [
    'two policies in one folder',
    { 'a/policy.ts': '', 'a/policy.js': '' },
    /^DIR\/a: policy\.ts and policy\.js are both/,
  ],
  ['the folder of the policy itself', { 'policy.ts': policy('a') }, /^DIR: this is the folder of one policy: name the/],
]
for (const [sentence, files, problem] of broken) {
  test(`refused: ${sentence}`, async (t) => {
    const { read } = policiesOf(t, files)
    const told = await read()
    assert.equal(told.length, 1, told.join('\n'))
    assert.match(told[0]!, problem)
  })
}

test('a folder that is not there', async (t) => {
  const { dir, read } = policiesOf(t, {})
  rmSync(dir, { recursive: true })
  assert.deepEqual(await read(), [
    'DIR: there is no such folder: name the folder that holds a folder for each policy, NAME/policy.ts',
  ])
  mkdirSync(dir)
})

test('folders of other things are left alone', async (t) => {
  const files = {
    '_shared/a.ts': '',
    '.git/x': '',
    'node_modules/x/y': '',
    'README.md': '',
    'a/policy.ts': policy('a'),
  }
  const { read, summaries } = policiesOf(t, files)
  assert.deepEqual(await read(), [])
  assert.deepEqual(summaries(), ['a: Does nothing.'])
})

test('what did not change stays the very same; what did is another', async (t) => {
  const { custom, write, read, summaries } = policiesOf(t, {
    'a/policy.ts': policy('a'),
    'b/policy.ts': policy('b', 'x', "import { more } from '../_shared/more.ts'").replace("'x'", 'more'),
    '_shared/more.ts': "export const more: string = 'first'",
  })
  assert.deepEqual(await read(), [])
  const [a] = custom.policies
  assert.deepEqual(summaries(), ['a: Does nothing.', 'b: first'])
  write('_shared/more.ts', "export const more: string = 'second'")
  write('a/policy.test.ts', 'no business of a gateway')
  assert.deepEqual(await read(), [])
  assert.deepEqual(summaries(), ['a: Does nothing.', 'b: second'])
  assert.equal(custom.policies[0], a)
})

test('a broken edit leaves what was there; mended, it is taken', async (t) => {
  const { dir, write, read, summaries } = policiesOf(t, { 'a/policy.ts': policy('a', 'good') })
  await read()
  write('a/policy.ts', '!')
  assert.equal((await read()).length, 1)
  rmSync(join(dir, 'a/policy.ts'))
  assert.match((await read())[0]!, /there is no policy here/)
  assert.deepEqual(summaries(), ['a: good'])
  write('a/policy.ts', policy('a', 'better'))
  assert.deepEqual(await read(), [])
  assert.deepEqual(summaries(), ['a: better'])
  rmSync(join(dir, 'a'), { recursive: true })
  assert.deepEqual(await read(), [])
  assert.deepEqual(summaries(), [])
})
