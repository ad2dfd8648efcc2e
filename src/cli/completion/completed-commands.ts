import type { Command, Flag } from '../command.ts'
import type { Commands } from '../run-command-line.ts'

/** A word that can be completed to. */
export interface Word {
  readonly word: string
  readonly summary: string
}

/** What shells must know of the command line. */
export interface Completed {
  readonly first: readonly Word[]
  /** By group: what may follow it. */
  readonly groups: readonly { readonly name: string; readonly second: readonly Word[] }[]
  /** By the words that lead to it: the options of a command. */
  readonly commands: readonly { readonly path: string; readonly flags: readonly CompletedFlag[] }[]
}

export interface CompletedFlag extends Word {
  readonly short: string | null
  readonly takesValue: boolean
  readonly choices: readonly string[]
}

export function completedCommands(commands: Commands): Completed {
  const groups = commands.flatMap((each) => ('commands' in each ? [each] : []))
  return {
    first: commands.map(wordOf),
    groups: groups.map((group) => ({ name: group.name, second: group.commands.map(wordOf) })),
    commands: commands.flatMap((each) =>
      'commands' in each
        ? each.commands.map((command) => ({ path: `${each.name} ${command.name}`, flags: flagsOf(command) }))
        : [{ path: each.name, flags: flagsOf(each) }],
    ),
  }
}

function wordOf({ name, summary }: { name: string; summary: string }): Word {
  return { word: name, summary }
}

function flagsOf(command: Command): CompletedFlag[] {
  const named = (name: string, { kind, short, choices, description }: Flag): CompletedFlag => ({
    word: `--${name}`,
    summary: description.split(/\. |\.$/)[0]!,
    short: short ?? null,
    takesValue: kind !== 'switch',
    choices: choices ?? [],
  })
  const help: Flag = { kind: 'switch', description: 'Tell all about the command.' }
  return [...Object.entries(command.flags ?? {}), ['help', help] as const].map(([name, flag]) => named(name, flag))
}
