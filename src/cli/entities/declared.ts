import type { Step } from '../../dialects/kong/file/plan.ts'
import { problemText } from '../../model/problem.ts'
import type { Flag, Input } from '../command.ts'
import { readText } from '../credential/secret-input.ts'
import { CommandFailure } from '../failure.ts'
import type { AdminClient } from '../gateway/admin-client.ts'
import type { Io } from '../io.ts'
import { currentEntities } from './current-entities.ts'
import { configured, kongKinds } from './kong-kinds.ts'

export const FILE = { name: 'FILE', description: 'A Kong declarative file, YAML or JSON; - for standard input.' }

export const pruneFlag: Flag = {
  kind: 'switch',
  description: 'Also delete what the file does not declare; with select_tags in the file, only of what carries them.',
}

/** What would make the gateway hold what FILE declares. @throws CommandFailure with every problem of the file */
export async function stepsToFile(input: Input, io: Io, client: AdminClient): Promise<Step[]> {
  const path = input.positional('FILE')
  const { readKongText } = await import('../../dialects/kong/file.ts')
  const { planned } = await import('../../dialects/kong/file/plan.ts')
  const { policies, kinds: all } = await kongKinds(input, io)
  const { systemClock } = await import('../../base/clock.ts')
  const name = path === '-' ? 'standard input' : path
  const file = readKongText(readText(path, 'FILE'), name, policies, systemClock, io.env)
  if (file.problems.length > 0) {
    throw new CommandFailure(`${file.problems.map(problemText).join('\n')}\nnothing was changed`)
  }
  const kinds = configured(all)
  const declared = file.entities.filter(({ kind }) => kinds.has(kind))
  const current = await currentEntities(client, kinds)
  const prune = input.isOn('prune') ? { tags: file.tags } : null
  return await planned(declared, current, kinds, systemClock.now(), prune)
}
