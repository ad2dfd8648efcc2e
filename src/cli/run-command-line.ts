import type { Command, Group } from './command.ts'
import { CommandFailure, UsageError } from './failure.ts'
import { commandHelp, groupHelp, overallHelp, usageLine } from './help.ts'
import type { Io } from './io.ts'
import { parseInput } from './parse-input.ts'
import { releaseOf } from './version.ts'

/** All that the command line knows. */
export type Commands = readonly (Command | Group)[]

/**
 * Does what the words behind `sallyport` say.
 *
 * @returns the exit code: 0 good, 1 the work failed, 2 wrong usage. What is thrown is a defect of ours.
 */
export async function runCommandLine(commands: Commands, args: readonly string[], io: Io): Promise<number> {
  const [first, ...others] = args
  if (first === '--version') {
    io.out(`${releaseOf()}\n`)
    return 0
  }
  if (first === undefined || isHelp(first) || (first === 'help' && others.length === 0)) {
    io.out(overallHelp(commands))
    return 0
  }
  if (first === 'help') return runCommandLine(commands, [...others, '--help'], io)

  const found = commands.find(({ name }) => name === first)
  if (found === undefined) return wrongCommand(first, 'sallyport', commands, io)
  if (!('commands' in found)) return runCommand([first], found, others, io)

  const [second, ...rest] = others
  if (second !== undefined && isHelp(second)) {
    io.out(groupHelp(found))
    return 0
  }
  if (second === undefined) {
    io.err(groupHelp(found))
    return 2
  }
  const command = found.commands.find(({ name }) => name === second)
  if (command === undefined) return wrongCommand(second, `sallyport ${first}`, found.commands, io)
  return runCommand([first, second], command, rest, io)
}

async function runCommand(path: readonly string[], command: Command, args: readonly string[], io: Io): Promise<number> {
  const end = args.indexOf('--')
  if (args.slice(0, end < 0 ? undefined : end).some(isHelp)) {
    io.out(commandHelp(path, command))
    return 0
  }
  try {
    return await command.run(parseInput(command, args), io)
  } catch (error) {
    if (error instanceof UsageError) {
      const all = `'sallyport ${path.join(' ')} --help' tells more.`
      io.err(`error: ${error.message}\n${usageLine(path, command)}\n${all}\n`)
      return 2
    }
    if (error instanceof CommandFailure) {
      io.err(`error: ${error.message}\n`)
      return 1
    }
    throw error
  }
}

function wrongCommand(word: string, before: string, known: Commands, io: Io): number {
  io.err(`error: unknown command '${word}'; ${before} knows: ${known.map(({ name }) => name).join(', ')}\n`)
  return 2
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h'
}
