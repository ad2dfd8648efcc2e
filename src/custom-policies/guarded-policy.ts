/**
 * What stands between a user's policy and the requests it judges. A request that it breaks over is refused; an answer,
 * and what is recorded of it, are not harmed. What it says has to be one of the verdicts there are: above all, a
 * forgotten `return` must not let anybody in.
 */
import type { AnyPolicy, CompiledPolicy, PolicyLog } from '../policy/policy.ts'
import type { Verdict } from '../policy/verdict.ts'
import { isReason } from './is-reason.ts'

export function guardedPolicy(policy: AnyPolicy): AnyPolicy {
  return {
    ...policy,
    compile(config, tools) {
      const steps: CompiledPolicy | undefined = policy.compile(config, tools)
      if (typeof steps !== 'object' || steps === null) {
        throw new TypeError('compile returned no steps: expected { request, response, record, endpoint, dispose }')
      }
      return guardedSteps(policy.name, steps, tools.log)
    },
  }
}

function guardedSteps(policy: string, steps: CompiledPolicy, log: PolicyLog): CompiledPolicy {
  const tell = (step: string, error: unknown) =>
    log.error({ policy, step, error: error instanceof Error ? error.stack : String(error) }, 'a custom policy broke')

  /** Runs a step that only looks on. */
  function lookOn(step: string, run: () => unknown): void {
    try {
      const result = run()
      // A promise that nobody waits for would end the process when it fails.
      if (isThenable(result)) result.then(undefined, (error: unknown) => tell(step, error))
    } catch (error) {
      tell(step, error)
    }
  }
  const checked = (said: unknown): Verdict => {
    if (isVerdict(said)) return said
    throw new TypeError(`policy ${policy} returned no verdict: expected next, abstain, identified(…), denied(…) or …`)
  }
  const judged = (said: unknown): Verdict | Promise<Verdict> =>
    isThenable(said) ? Promise.resolve(said).then(checked) : checked(said)

  return {
    ...(steps.endpoint && {
      endpoint: (exchange) => {
        const said: unknown = steps.endpoint!(exchange)
        return said === null ? null : (judged(said) as ReturnType<NonNullable<CompiledPolicy['endpoint']>>)
      },
    }),
    ...(steps.request && { request: (exchange) => judged(steps.request!(exchange)) }),
    ...(steps.response && {
      response: (exchange, response) => lookOn('response', () => steps.response!(exchange, response)),
    }),
    ...(steps.record && {
      record: (exchange, response, outcome) => lookOn('record', () => steps.record!(exchange, response, outcome)),
    }),
    ...(steps.dispose && { dispose: () => lookOn('dispose', () => steps.dispose!()) }),
  }
}

function isVerdict(said: unknown): said is Verdict {
  const verdict = said as Verdict | null | undefined
  switch (verdict?.kind) {
    case 'next':
    case 'abstain':
      return true
    case 'identified':
      return typeof verdict.identity === 'object' && verdict.identity !== null
    case 'denied':
      return isReason(verdict.reason) && typeof verdict.detail === 'object'
    case 'answered':
      return Number.isInteger(verdict.answer?.status) && Array.isArray(verdict.answer.headers)
    default:
      return false
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
