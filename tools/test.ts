/**
 * Runs suites of tests, one after another: `sh tools/node.sh tools/test.ts unit e2e`.
 *
 * Ends with node's summary lines over everything that ran, and with exit code 0 only if all of it passed and each suite
 * had at least one test.
 */
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { type SuiteName, suites, testFiles } from './test-suites.ts'
import { summaryLines, type TestCounts, totalCounts } from './test-summary.ts'

const names = process.argv.slice(2)
const unknown = names.filter((name) => !Object.hasOwn(suites, name))
if (names.length === 0 || unknown.length > 0) {
  const wrong = unknown.length > 0 ? `no such suite: ${unknown.join(', ')}\n` : ''
  console.error(`${wrong}usage: tools/test.ts SUITE…, of ${Object.keys(suites).join(', ')}`)
  process.exit(2)
}

const results: TestCounts[] = []
let good = true
for (const name of names as SuiteName[]) {
  const { counts, success } = await runSuite(name)
  results.push(counts)
  if (counts.tests === 0) console.error(`suite ${name}: no test ran`)
  good &&= success && counts.tests > 0
}

// One suite has just printed these itself.
if (results.length > 1) console.log(`\n${summaryLines(totalCounts(results)).join('\n')}`)
// What a test left running must not keep a finished run alive.
process.exit(good ? 0 : 1)

async function runSuite(name: SuiteName): Promise<{ counts: TestCounts; success: boolean }> {
  const files = testFiles(name)
  console.log(`\n${name}: ${files.length} files`)
  let result = { counts: totalCounts([]), success: files.length > 0 }
  if (files.length === 0) return result

  const { concurrency, timeoutMs } = suites[name]
  const events = run({ files, concurrency, timeout: timeoutMs })
  events.on('test:summary', ({ file, counts, success, duration_ms }) => {
    // Each file sends one too; the one without a file is over all.
    if (file !== undefined) return
    const failed = counts.tests - counts.passed - counts.cancelled - counts.skipped - counts.todo
    result = { counts: { ...counts, failed, durationMs: duration_ms }, success }
  })
  for await (const text of events.compose(new spec())) process.stdout.write(text)
  return result
}
