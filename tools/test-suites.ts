import { globSync } from 'node:fs'

interface Suite {
  /** Paths of test files, from the root of the project. */
  readonly globs: readonly string[]
  /** Files that run at once. */
  readonly concurrency: number
  /** A test that takes longer has failed. Milliseconds. */
  readonly timeoutMs: number
}

const MINUTE = 60_000

/** What `tools/test.ts` can run. Suites that start processes run one file at a time: they share ports and cores. */
export const suites = {
  unit: { globs: ['src/**/*.test.ts', 'test/*.test.ts', 'tools/*.test.ts'], concurrency: 2, timeoutMs: 2 * MINUTE },
  e2e: { globs: ['test/e2e/**/*.test.ts'], concurrency: 2, timeoutMs: 3 * MINUTE },
  conformance: { globs: ['test/conformance/**/*.test.ts'], concurrency: 2, timeoutMs: 5 * MINUTE },
  interop: {
    globs: ['test/interop/*.test.ts', 'test/interop/{envoy,grpc,oidc-provider,postgres,slapd}/*.test.ts'],
    concurrency: 1,
    timeoutMs: 15 * MINUTE,
  },
  'interop-built': { globs: ['test/interop/built/*.test.ts'], concurrency: 1, timeoutMs: 60 * MINUTE },
  fuzz: { globs: ['test/fuzz/**/*.test.ts'], concurrency: 1, timeoutMs: 60 * MINUTE },
  faults: { globs: ['test/faults/**/*.test.ts'], concurrency: 1, timeoutMs: 60 * MINUTE },
} as const satisfies Record<string, Suite>

export type SuiteName = keyof typeof suites

/** The suite's files, sorted, so that two runs go the same way. */
export function testFiles(name: SuiteName): string[] {
  return globSync([...suites[name].globs]).sort()
}
