import { stringify } from 'yaml'
import { problemText } from '../model/problem.ts'
import type { Command } from './command.ts'
import { readText } from './credential/secret-input.ts'
import { kongKinds, policyFlags } from './entities/kong-kinds.ts'
import { CommandFailure, failureText, UsageError } from './failure.ts'
import { sourceName } from './settings/setting-values.ts'

export const convertCommand: Command = {
  name: 'convert',
  summary: 'Rewrite a source in another dialect, or in the present form of its own',
  details: [
    'A Kong file of format 1.1 or 2.1 becomes one of format 3.0, names in place of ids, defaults left out. Passwords come out as the hashes that are stored. What the target can’t say is told on standard error.',
  ],
  positionals: [{ name: 'SOURCE', description: 'Such as kong:kong.yaml; kong:- for standard input.' }],
  flags: {
    to: { kind: 'text', choices: ['kong'], description: 'The dialect to write. Default: kong.' },
    ...policyFlags,
    format: { kind: 'text', choices: ['yaml', 'json'], description: 'Default: yaml.' },
  },
  examples: ['convert kong:old.yaml > kong.yaml'],
  async run(input, io) {
    const source = input.positional('SOURCE')
    try {
      sourceName(source)
    } catch (error) {
      throw new UsageError(`SOURCE: '${source}': ${failureText(error)}`)
    }
    const { readKongText } = await import('../dialects/kong/file.ts')
    const { kongDocument } = await import('../dialects/kong/file/write.ts')
    const { policies, kinds } = await kongKinds(input, io)
    const { systemClock } = await import('../base/clock.ts')
    const path = source.slice(source.indexOf(':') + 1)
    const file = readKongText(readText(path, 'SOURCE'), path, policies, systemClock, io.env)
    if (file.problems.length > 0) throw new CommandFailure(file.problems.map(problemText).join('\n'))
    const document = kongDocument(file.entities, kinds)
    io.out(input.text('format') === 'json' ? `${JSON.stringify(document, null, 2)}\n` : stringify(document))
    if (file.tags.length > 0) io.err(`_info.select_tags: written as tags of each entity\n`)
    return 0
  },
}
