import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { definitionOf, type Kind } from './kinds.ts'
import { readObject } from './read-object.ts'
import type { Node } from './schema/node.ts'

/**
 * For tests: one rule of a kind, a spec that breaks it, and one that keeps it. `also` is what else the bad one is told,
 * where the rule can't be broken alone.
 */
export type RuleRow = readonly [at: string, message: string, bad: object, good: object, also?: readonly string[]]

/** What an API server would say of an object with this spec: `spec.x: Required value`, one line for each problem. */
export function refusals(kind: Kind, spec: unknown): string[] {
  const { group, versions } = definitionOf(kind)
  const apiVersion = group === '' ? versions[0] : `${group}/${versions[0]}`
  const object = { apiVersion, kind, metadata: { name: 'x' }, spec }
  return readObject(kind, object, () => undefined).errors.map(({ field, message }) => `${field}: ${message}`)
}

/** The spec of an object as an API server would keep it; fails the test if it would not. */
export function kept(kind: Kind, spec: unknown): unknown {
  const { group, versions } = definitionOf(kind)
  const object = { apiVersion: `${group}/${versions[0]}`, kind, metadata: { name: 'x' }, spec }
  const { errors, body } = readObject(kind, object, () => undefined)
  assert.deepEqual(errors, [])
  return body.spec
}

/**
 * Declares a test for each row, and one that no rule of the kind lacks a row.
 *
 * @param elsewhere messages of rules that are tested in another way.
 */
export function testRules(kind: Kind, rows: readonly RuleRow[], elsewhere: readonly string[] = []): void {
  describe(`${kind}: rules`, () => {
    for (const [at, message, bad, good, also = []] of rows) {
      test(`${at}: ${message}`, () => {
        const type = Array.isArray(valueAt(bad, at)) ? 'array' : typeof valueAt(bad, at)
        const told = [...also, `spec${at}: Invalid value: "${type}": ${message}`]
        assert.deepEqual(refusals(kind, bad).sort(), told.sort())
        assert.deepEqual(refusals(kind, good), [])
      })
    }
    test('every rule has a row', () => {
      const tested = new Set([...rows.map(([, message]) => message), ...elsewhere])
      assert.deepEqual(
        [...messagesOf(definitionOf(kind).body)].filter((message) => !tested.has(message)),
        [],
      )
    })
  })
}

function valueAt(spec: unknown, at: string): unknown {
  const steps = at.match(/[^.[\]]+/g) ?? []
  return steps.reduce<unknown>((value, step) => (value as Readonly<Record<string, unknown>>)[step], spec)
}

function messagesOf({ rules = [], fields = {}, values, items }: Node): Set<string> {
  const below = [...Object.values(fields), ...(values ? [values] : []), ...(items ? [items] : [])]
  const own = rules.filter(({ ofChange }) => ofChange !== true).map(({ message }) => message)
  return new Set([...own, ...below.flatMap((each) => [...messagesOf(each)])])
}
