import type { Command } from '../command.ts'
import { adminClient, gatewayFlags } from '../gateway/gateway-flags.ts'
import { nothingToDelete, strictFlag } from '../gateway/nothing-to-delete.ts'
import { KIND } from './get-command.ts'
import { kindNamed, kongKinds, policyFlags } from './kong-kinds.ts'

export const deleteCommand: Command = {
  name: 'delete',
  summary: 'Delete an entity of a running gateway, with what belongs to it',
  positionals: [KIND, { name: 'NAME', description: 'Its name or id.' }],
  flags: { strict: strictFlag, ...policyFlags, ...gatewayFlags },
  examples: ['delete service orders', 'delete plugin 6f1b0c5e-6a52-4b3c-9a8c-0e7f3f0f6a11'],
  async run(input, io) {
    const kind = kindNamed(input.positional('KIND'), (await kongKinds(input, io)).kinds)
    const name = input.positional('NAME')
    const client = adminClient(input, io)
    const entity = await client.find([kind.path!, name])
    if (entity === null) return nothingToDelete(`'${name}' among the ${kind.name}`, input, io)
    await client.delete([kind.path!, String(entity['id'])])
    io.err(`deleted '${name}' of the ${kind.name}\n`)
    return 0
  },
}
