import type { Reason } from '../policy/reason.ts'

/** A refusal as a policy may declare it. */
export function isReason(value: unknown): value is Reason {
  const { code, status, message } = (value ?? {}) as Partial<Reason>
  return (
    typeof code === 'string' &&
    /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(code) &&
    Number.isInteger(status) &&
    status! >= 400 &&
    status! <= 599 &&
    typeof message === 'string'
  )
}
