import type { Command, Group } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { Refused } from '../gateway/admin-client.ts'
import { adminClient, gatewayFlags, shownFlags } from '../gateway/gateway-flags.ts'
import { nothingToDelete, strictFlag } from '../gateway/nothing-to-delete.ts'
import { type Column, field, show, showOne } from '../gateway/show.ts'

const NAME = { name: 'NAME', description: 'Username of the consumer.' }

const columns: readonly Column[] = [
  ['CONSUMER', field('username')],
  ['CUSTOM ID', field('custom_id')],
  ['ID', field('id')],
]

const add: Command = {
  name: 'add',
  summary: 'Add a consumer: a user or application that may be given credentials',
  positionals: [NAME],
  flags: { 'custom-id': { kind: 'text', description: 'What another system calls this consumer.' }, ...shownFlags },
  examples: ['consumer add my-app', 'consumer add my-app --custom-id 4711'],
  async run(input, io) {
    const username = input.positional('NAME')
    const customId = input.text('custom-id')
    const entity = { username, ...(customId === undefined ? {} : { custom_id: customId }) }
    try {
      showOne(await adminClient(input, io).create(['consumers'], entity), columns, input, io)
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 409) throw error
      throw new CommandFailure(`there is a consumer like this already: ${error.message}`)
    }
    return 0
  },
}

const ls: Command = {
  name: 'ls',
  summary: 'List consumers',
  flags: shownFlags,
  async run(input, io) {
    const consumers = await adminClient(input, io).list(['consumers'])
    const name = field('username')
    show(
      consumers.toSorted((a, b) => (name(a) < name(b) ? -1 : 1)),
      columns,
      input,
      io,
    )
    return 0
  },
}

const remove: Command = {
  name: 'delete',
  summary: 'Delete a consumer with all of its credentials',
  positionals: [NAME],
  flags: { strict: strictFlag, ...gatewayFlags },
  async run(input, io) {
    const name = input.positional('NAME')
    const client = adminClient(input, io)
    const consumer = await client.find(['consumers', name])
    if (consumer === null) return nothingToDelete(`consumer ${name}`, input, io)
    await client.delete(['consumers', String(consumer['id'])])
    io.err(`deleted consumer ${name} and its credentials\n`)
    return 0
  },
}

export const consumerGroup: Group = {
  name: 'consumer',
  summary: 'Users and applications that call through the gateway',
  commands: [add, ls, remove],
}
