import type { Command, Flag, Group } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import { type Entity, Refused } from '../gateway/admin-client.ts'
import { adminClient, gatewayFlags, shownFlags } from '../gateway/gateway-flags.ts'
import { nothingToDelete, strictFlag } from '../gateway/nothing-to-delete.ts'
import { show, showOne } from '../gateway/show.ts'
import { type CredentialKind, MASK } from './credential-kind.ts'

const CONSUMER = { name: 'CONSUMER', description: 'Username or id of the consumer.' }

const revealFlag: Flag = { kind: 'switch', description: 'Show secrets.' }

/** The commands add, ls and delete of one kind of credential. */
export function credentialGroup(kind: CredentialKind): Group {
  return { name: kind.name, summary: kind.summary, commands: [addCommand(kind), lsCommand(kind), deleteCommand(kind)] }
}

function addCommand(kind: CredentialKind): Command {
  return {
    name: 'add',
    summary: `Give a consumer ${kind.one}`,
    details: kind.details,
    positionals: [CONSUMER, ...kind.positionals],
    flags: { ...kind.flags, ...shownFlags },
    examples: kind.examples,
    async run(input, io) {
      const consumer = input.positional('CONSUMER')
      const entity = kind.entity(input)
      try {
        const made = await adminClient(input, io).create(['consumers', consumer, kind.path], entity)
        showOne(made, kind.columns, input, io)
        return 0
      } catch (error) {
        if (error instanceof Refused && error.status === 404) throw new CommandFailure(noConsumer(consumer))
        if (!(error instanceof Refused) || error.status !== 409) throw error
        throw new CommandFailure(`there is ${kind.one} like this already; nothing was changed`)
      }
    },
  }
}

function lsCommand(kind: CredentialKind): Command {
  const hides = kind.secrets.length > 0
  return {
    name: 'ls',
    summary: 'List what a consumer has of these',
    ...(hides ? { details: [`Secrets are shown as ${MASK} unless asked for with --reveal.`] } : {}),
    positionals: [CONSUMER],
    flags: { ...(hides ? { reveal: revealFlag } : {}), ...shownFlags },
    async run(input, io) {
      const consumer = input.positional('CONSUMER')
      try {
        const all = await adminClient(input, io).list(['consumers', consumer, kind.path])
        const shown = hides && !input.isOn('reveal') ? all.map((each) => masked(each, kind.secrets)) : all
        show(shown, kind.columns, input, io)
        return 0
      } catch (error) {
        if (error instanceof Refused && error.status === 404) throw new CommandFailure(noConsumer(consumer))
        throw error
      }
    },
  }
}

function deleteCommand(kind: CredentialKind): Command {
  return {
    name: 'delete',
    summary: `Take ${kind.one} away from a consumer`,
    positionals: [CONSUMER, { name: kind.lookup, description: `Which one: its ${kind.lookup}, or its id.` }],
    flags: { strict: strictFlag, ...gatewayFlags },
    async run(input, io) {
      const [consumer, word] = [input.positional('CONSUMER'), input.positional(kind.lookup)]
      const client = adminClient(input, io)
      const found = await client.find(['consumers', consumer, kind.path, word])
      const what = kind.secrets.includes(kind.lookup.toLowerCase()) ? kind.noun : `${kind.noun} ${word}`
      if (found === null) return nothingToDelete(`${what} of consumer ${consumer}`, input, io)
      await client.delete(['consumers', consumer, kind.path, String(found['id'])])
      io.err(`deleted ${what} of consumer ${consumer}\n`)
      return 0
    },
  }
}

function masked(entity: Entity, secrets: readonly string[]): Entity {
  return { ...entity, ...Object.fromEntries(secrets.map((name) => [name, MASK])) }
}

function noConsumer(consumer: string): string {
  return `there is no consumer '${consumer}'; 'sallyport consumer add ${consumer}' adds it`
}
