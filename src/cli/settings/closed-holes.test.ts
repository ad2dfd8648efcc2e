import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { EXACT } from '../../policy/exact.ts'
import { settings } from './settings.ts'

const page = readFileSync(join(import.meta.dirname, '../../../docs/closed-holes.md'), 'utf8')
const rows = page
  .split('\n')
  .filter((line) => line.startsWith('| ') && !line.startsWith('| In '))
  .map((line) => line.replace(/ \|$/, '').split(' | '))
const flags = new Set(Object.values(settings).map(({ flag }) => flag))
const named = (cell: string, what: RegExp) => Array.from(cell.matchAll(what), ([, name]) => name!)

describe('every closed hole', () => {
  it('is a row of hole, answer and switch', () => {
    assert.ok(rows.length > 30)
    for (const row of rows) assert.equal(row.length, 3, row.join(' | '))
  })
  for (const row of rows) {
    const cell = row.at(-1)!
    it(`names its switch, or why there is none: ${row[0]!.slice(2, 60)}`, () => {
      for (const flag of named(cell, /--([a-z0-9-]+)/g)) assert.ok(flags.has(flag as never), flag)
      for (const name of named(cell, /--exact ([a-z0-9-]+)/g))
        assert.ok((EXACT as readonly string[]).includes(name), name)
      // a flag, a field of a policy's config, a reason, or no hole at all
      assert.match(cell, /^`--|^`[a-z_]+(?:\.[a-z_]+)+`$|^none: \w|^–$/)
    })
  }
  it('that has a switch is on the page', () => {
    const names = rows.flatMap((row) => named(row.at(-1)!, /--exact ([a-z0-9-]+)/g))
    assert.deepEqual([...new Set(names)].sort(), [...EXACT].sort())
  })
})
