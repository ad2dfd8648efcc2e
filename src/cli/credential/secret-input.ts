import { readFileSync } from 'node:fs'
import type { Flag, Input } from '../command.ts'
import { CommandFailure, failureText, UsageError } from '../failure.ts'

/** `--secret TEXT` and `--secret-file FILE`: other users of the machine can read the command line, but not the file. */
export function secretFlags(name: string, what: string): Record<string, Flag> {
  return {
    [name]: { kind: 'text', description: `${what} Others on this machine can see it; better:` },
    [`${name}-file`]: { kind: 'text', hint: 'FILE', description: `A file that holds it; - for standard input.` },
  }
}

/** @throws UsageError when both are given. */
export function secretFrom(input: Input, name: string): string | undefined {
  const [text, file] = [input.text(name), input.text(`${name}-file`)]
  if (text !== undefined && file !== undefined)
    throw new UsageError(`--${name} and --${name}-file contradict each other`)
  // The line end that editors put there is no part of it.
  return file === undefined ? text : readText(file, `--${name}-file`).replace(/\r?\n$/, '')
}

/** @throws CommandFailure that names the flag and the file. */
export function readText(file: string, flag: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (error) {
    throw new CommandFailure(`${flag}: '${file}' can't be read: ${failureText(error)}`)
  }
}
