import { setTimeout as wait } from 'node:timers/promises'
import type { Decision } from './decision.ts'
import type { Config } from './schema.ts'

/**
 * Asks, and asks again where nobody could decide, as long as there is time.
 *
 * Waits are drawn between nothing and a bound that doubles, so that those who failed together do not come back together.
 *
 * @param ask is told how long it may take.
 */
export async function askWithRetries(
  retry: Config['retry'],
  timeoutMs: number,
  ask: (timeoutMs: number) => Promise<Decision>,
): Promise<Decision> {
  const end = performance.now() + timeoutMs
  let decision = await ask(timeoutMs)
  if (retry === null) return decision
  const longest = retry.maxMs ?? retry.baseMs * 10
  for (let attempt = 0; attempt < retry.retries; attempt++) {
    if (decision.kind !== 'error' || !decision.isRetriable) break
    const pause = Math.random() * Math.min(longest, retry.baseMs * 2 ** attempt)
    const left = end - performance.now() - pause
    if (left <= 0) break
    await wait(pause)
    decision = await ask(Math.max(1, Math.ceil(left)))
  }
  return decision
}
