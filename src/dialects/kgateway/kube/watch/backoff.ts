import { setTimeout as sleep } from 'node:timers/promises'

/** How long to wait after the n-th failure in a row. Milliseconds. */
export interface Backoff {
  readonly firstMs: number
  readonly longestMs: number
}

/** Waits; the tests' own passes at once. Resolves, too, when the signal comes. */
export type Wait = (ms: number, signal: AbortSignal) => Promise<void>

export const realWait: Wait = async (ms, signal) => {
  try {
    await sleep(ms, undefined, { signal })
  } catch {
    // Aborted: whoever waits looks at the signal.
  }
}

/** Twice as long each time, and up to half as much more, so that many who lost one server don't come back at once. */
export function backoffMs({ firstMs, longestMs }: Backoff, failures: number, random: () => number): number {
  const plain = Math.min(firstMs * 2 ** Math.max(failures - 1, 0), longestMs)
  return plain * (1 + random() / 2)
}
