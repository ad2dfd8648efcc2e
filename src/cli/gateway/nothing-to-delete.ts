import type { Flag, Input } from '../command.ts'
import type { Io } from '../io.ts'

export const strictFlag: Flag = { kind: 'switch', description: 'Fail if there is nothing to delete.' }

/** Deleting twice is no failure, yet not silent either. @returns the exit code. */
export function nothingToDelete(what: string, input: Input, io: Io): number {
  io.err(`there is no ${what}, nothing to do\n`)
  return input.isOn('strict') ? 1 : 0
}
