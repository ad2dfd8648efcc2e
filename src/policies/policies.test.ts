import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'
import { parse } from 'yaml'
import { compilePolicy } from '../policy/test-kit.ts'
import { policies } from './index.ts'

/** What holds for every policy, without being written again in each folder. */

const here = new URL('.', import.meta.url)
const read = (path: string) => readFileSync(new URL(path, here), 'utf8')
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
const names = policies.map(({ name }) => name)

test('every folder is in the list, sorted by name', () => {
  assert.deepEqual(names, [...folders].sort(), 'add the policy to src/policies/index.ts')
})

/** Every use of a policy in a declarative file, wherever it stands. */
function usesIn(node: unknown): { name: string; config?: object }[] {
  if (Array.isArray(node)) return node.flatMap(usesIn)
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'plugins' ? (value as { name: string; config?: object }[]) : usesIn(value),
  )
}

/** Every row of an entity under a consumer in a declarative file. */
function rowsIn(document: { consumers?: Record<string, unknown>[] }, kind: string): object[] {
  return (document.consumers ?? []).flatMap((consumer) => (consumer[kind] ?? []) as object[])
}

for (const policy of policies) {
  const testFiles = readdirSync(new URL(`${policy.name}/`, here)).filter((name) => name.endsWith('.test.ts'))
  const tests = testFiles.map((name) => read(`${policy.name}/${name}`)).join('\n')
  const examples = readdirSync(new URL(`${policy.name}/examples`, here))

  test(`${policy.name}: each reason is reached by a test, with its own code`, () => {
    const codes = Object.values(policy.reasons).map(({ code }) => code)
    assert.equal(new Set(codes).size, codes.length)
    for (const { code, status } of Object.values(policy.reasons)) {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/)
      assert.ok(tests.includes(`'${status} ${code}'`), `no test expects '${status} ${code}'`)
    }
  })

  test(`${policy.name}: has prose and an example of itself`, () => {
    assert.ok(read(`${policy.name}/README.md`).startsWith(`# ${policy.name}\n`))
    const used = examples.flatMap((file) => usesIn(parse(read(`${policy.name}/examples/${file}`))))
    assert.ok(used.some(({ name }) => name === policy.name))
  })

  test(`${policy.name}: every field is described`, () => {
    const shapes = [policy.config, ...(policy.entities ?? []).map(({ schema }) => schema)]
    for (const { shape } of shapes) {
      for (const [field, type] of Object.entries(shape)) {
        assert.ok((type as { description?: string }).description, `${field} has no description`)
      }
    }
  })

  for (const file of examples) {
    test(`${policy.name}: the example ${file} parses and compiles`, () => {
      const document = parse(read(`${policy.name}/examples/${file}`))
      for (const { name, config } of usesIn(document)) {
        const used = policies.find((other) => other.name === name)
        assert.ok(used, `unknown policy ${name}`)
        compilePolicy(used, config)
      }
      for (const { kind, schema, check } of policies.flatMap(({ entities }) => entities ?? [])) {
        for (const row of rowsIn(document, kind)) assert.deepEqual(check?.(schema.parse(row)) ?? {}, {})
      }
    })
  }
}
