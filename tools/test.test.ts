import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import { summaryLines, totalCounts } from './test-summary.ts'

const runner = resolve(import.meta.dirname, 'test.ts')
const PASSES = "import { test } from 'node:test'\ntest('passes', () => {})\n"
const FAILS = "import { test } from 'node:test'\ntest('fails', () => { throw new Error('as asked') })\n"
const SUITE_FAILS =
  "import { before, describe, it } from 'node:test'\ndescribe('s', () => { before(() => { throw new Error('x') }); it('i', () => {}) })\n"

/** Runs suites of a project that has these files. */
function runSuites(names: readonly string[], files: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'suites-'))
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    // The variable tells node's runner that it runs inside itself, and then it runs nothing.
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined }
    const { status, stdout, stderr } = spawnSync(process.execPath, [runner, ...names], {
      cwd: folder,
      env,
      encoding: 'utf8',
    })
    return { status, stderr, last: stdout.trimEnd().split('\n').slice(-8) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describe('running suites', () => {
  it('is good when everything passed, and ends with the summary over all suites', () => {
    const { status, last } = runSuites(['unit', 'e2e'], {
      'src/a.test.ts': PASSES,
      'src/b/c.test.ts': PASSES,
      'test/e2e/d.test.ts': PASSES,
    })
    assert.equal(status, 0)
    assert.deepEqual(last.slice(0, 4), ['ℹ tests 3', 'ℹ suites 0', 'ℹ pass 3', 'ℹ fail 0'])
  })

  it('fails when a test of an earlier suite failed', () => {
    const { status, last } = runSuites(['unit', 'e2e'], { 'src/a.test.ts': FAILS, 'test/e2e/d.test.ts': PASSES })
    assert.equal(status, 1)
    assert.deepEqual(last.slice(0, 4), ['ℹ tests 2', 'ℹ suites 0', 'ℹ pass 1', 'ℹ fail 1'])
  })

  it('fails when a hook failed', () => {
    assert.equal(runSuites(['unit'], { 'src/a.test.ts': SUITE_FAILS }).status, 1)
  })

  it('fails when a suite has no file', () => {
    const { status, stderr } = runSuites(['unit', 'e2e'], { 'src/a.test.ts': PASSES })
    assert.equal(status, 1)
    assert.match(stderr, /suite e2e: no test ran/)
  })

  it('fails when a suite has files but no test', () => {
    const { status, stderr } = runSuites(['unit'], {
      'src/a.test.ts': 'import { describe } from "node:test"; describe("s", () => {})',
    })
    assert.equal(status, 1)
    assert.match(stderr, /suite unit: no test ran/)
  })

  it('says which suites there are', () => {
    const { status, stderr } = runSuites(['units'], {})
    assert.equal(status, 2)
    assert.match(stderr, /no such suite: units\nusage: .*unit, e2e, conformance/)
  })
})

it('sums counts and words them as node does', () => {
  const counts = { tests: 6, suites: 1, passed: 1, failed: 2, cancelled: 1, skipped: 1, todo: 1, durationMs: 1.5 }
  assert.deepEqual(summaryLines(totalCounts([counts, counts])), [
    'ℹ tests 12',
    'ℹ suites 2',
    'ℹ pass 2',
    'ℹ fail 4',
    'ℹ cancelled 2',
    'ℹ skipped 2',
    'ℹ todo 2',
    'ℹ duration_ms 3',
  ])
})
