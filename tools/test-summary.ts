/** What became of the tests of one run. */
export interface TestCounts {
  readonly tests: number
  readonly suites: number
  readonly passed: number
  readonly failed: number
  readonly cancelled: number
  readonly skipped: number
  readonly todo: number
  readonly durationMs: number
}

export function totalCounts(runs: readonly TestCounts[]): TestCounts {
  const sum = (pick: (counts: TestCounts) => number) => runs.reduce((total, counts) => total + pick(counts), 0)
  return {
    tests: sum((counts) => counts.tests),
    suites: sum((counts) => counts.suites),
    passed: sum((counts) => counts.passed),
    failed: sum((counts) => counts.failed),
    cancelled: sum((counts) => counts.cancelled),
    skipped: sum((counts) => counts.skipped),
    todo: sum((counts) => counts.todo),
    durationMs: sum((counts) => counts.durationMs),
  }
}

/** The lines that node's own `spec` reporter ends with, for readers that look for them. */
export function summaryLines(counts: TestCounts): string[] {
  return [
    `ℹ tests ${counts.tests}`,
    `ℹ suites ${counts.suites}`,
    `ℹ pass ${counts.passed}`,
    `ℹ fail ${counts.failed}`,
    `ℹ cancelled ${counts.cancelled}`,
    `ℹ skipped ${counts.skipped}`,
    `ℹ todo ${counts.todo}`,
    `ℹ duration_ms ${counts.durationMs}`,
  ]
}
