import type { Command, Flag, Group } from './command.ts'

const NAME = 'sallyport'
const WIDTH = 100

/** `sallyport --help`. */
export function overallHelp(commands: readonly (Command | Group)[]): string {
  const groups = commands.filter((each): each is Group => 'commands' in each)
  const plain = commands.filter((each): each is Command => !('commands' in each))
  return sections([
    'Sallyport: an API gateway whose whole point is authentication and authorization.',
    `Usage: ${NAME} COMMAND …`,
    `Commands\n${columns(plain.map(({ name, summary }) => [name, summary]))}`,
    `Commands that change a running gateway\n${columns(
      groups.map(({ name, summary, commands: own }) => [
        `${name} ${own.map((command) => command.name).join('|')}`,
        summary,
      ]),
    )}`,
    `'${NAME} COMMAND --help' tells all about one. '${NAME} --version' tells the release.`,
  ])
}

/** `sallyport route --help`. */
export function groupHelp(group: Group): string {
  return sections([
    `${group.summary}.`,
    `Usage: ${NAME} ${group.name} ${group.commands.map(({ name }) => name).join('|')} …`,
    `Commands\n${columns(group.commands.map((command) => [usageOf(command), command.summary]))}`,
    `'${NAME} ${group.name} COMMAND --help' tells all about one.`,
  ])
}

/** `sallyport route add --help`. @param path the names that lead to the command. */
export function commandHelp(path: readonly string[], command: Command): string {
  const flags = Object.entries(command.flags ?? {})
  const positionals = command.positionals ?? []
  return sections([
    `${command.summary}.`,
    usageLine(path, command),
    ...(command.details ?? []).map((paragraph) => wrap(paragraph, 0)),
    positionals.length === 0
      ? ''
      : `Arguments\n${columns(positionals.map(({ name, description }) => [name, description]))}`,
    flags.length === 0
      ? ''
      : `Options\n${columns(flags.map(([name, flag]) => [flagForm(name, flag), flag.description]))}`,
    command.examples === undefined
      ? ''
      : `Examples\n${command.examples.map((example) => `  ${NAME} ${example}`).join('\n')}`,
  ])
}

/** The line that also accompanies a usage error. */
export function usageLine(path: readonly string[], command: Command): string {
  const options = command.flags === undefined ? '' : ' [OPTIONS]'
  return `Usage: ${[NAME, ...path.slice(0, -1), usageOf(command)].join(' ')}${options}`
}

function usageOf({ name, positionals = [] }: Command): string {
  const words = positionals.map((positional) => {
    const word = positional.rest ? `${positional.name}…` : positional.name
    return positional.optional ? `[${word}]` : word
  })
  return [name, ...words].join(' ')
}

function flagForm(name: string, { kind, short, hint, choices }: Flag): string {
  const value = kind === 'switch' ? '' : ` ${hint ?? choices?.join('|') ?? 'TEXT'}`
  return `${short === undefined ? '' : `-${short}, `}--${name}${value}`
}

function sections(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length)) + 4
  return rows.map(([left, right]) => `  ${left.padEnd(width - 2)}${wrap(right, width)}`).join('\n')
}

/** Breaks lines at blanks; those after the first begin at the column. */
function wrap(text: string, column: number): string {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && column + last.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.join(`\n${' '.repeat(column)}`)
}
