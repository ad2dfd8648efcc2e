/** What makes a policy invalid, worded as kgateway words it in the policy's status. */
export class PolicyError extends Error {}

/** @throws PolicyError with a context in front, as Go wraps its errors. */
export function within<T>(context: string, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (error instanceof PolicyError) throw new PolicyError(`${context}: ${error.message}`)
    throw error
  }
}
