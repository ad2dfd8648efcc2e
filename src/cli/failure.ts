/** The command was called wrongly: exit code 2. */
export class UsageError extends Error {}

/** The work failed, for a reason the message tells: exit code 1. */
export class CommandFailure extends Error {}

/** The words of whatever was thrown. */
export function failureText(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
