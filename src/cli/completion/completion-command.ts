import type { Command } from '../command.ts'
import { UsageError } from '../failure.ts'
import type { Commands } from '../run-command-line.ts'
import { bashCompletion } from './bash.ts'
import { completedCommands } from './completed-commands.ts'
import { fishCompletion } from './fish.ts'
import { zshCompletion } from './zsh.ts'

const shells = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const

/** @param commands all that there are; asked for late, since this command is one of them. */
export function completionCommand(commands: () => Commands): Command {
  return {
    name: 'completion',
    summary: 'Print a script that completes commands and options in a shell',
    positionals: [{ name: 'SHELL', description: Object.keys(shells).join(', ') }],
    examples: ['completion bash > ~/.local/share/bash-completion/completions/sallyport'],
    async run(input, io) {
      const shell = input.positional('SHELL')
      if (!Object.hasOwn(shells, shell)) {
        throw new UsageError(`SHELL: '${shell}': expected one of ${Object.keys(shells).join(', ')}`)
      }
      io.out(shells[shell as keyof typeof shells](completedCommands(commands())))
      return 0
    },
  }
}
