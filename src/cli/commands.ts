import { checkCommand } from './check-command.ts'
import type { Command, Group } from './command.ts'
import { startCommand } from './start/start-command.ts'

/** Everything the command line can do, in the order in which help lists it. */
export const commands: readonly (Command | Group)[] = [startCommand, checkCommand]
