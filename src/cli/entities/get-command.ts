import type { EntityKind } from '../../dialects/kong/entities/kind.ts'
import type { Command, Flag } from '../command.ts'
import { MASK } from '../credential/credential-kind.ts'
import { CommandFailure } from '../failure.ts'
import type { Entity } from '../gateway/admin-client.ts'
import { adminClient, shownFlags } from '../gateway/gateway-flags.ts'
import { type Column, field, show, showOne } from '../gateway/show.ts'
import { kindNamed, kongKinds, policyFlags } from './kong-kinds.ts'

export const KIND = { name: 'KIND', description: 'Such as services, routes, consumers, plugins, jwt_secrets.' }

const revealFlag: Flag = { kind: 'switch', description: 'Show secrets.' }

export const getCommand: Command = {
  name: 'get',
  summary: 'Show entities of a running gateway',
  details: [`Secrets are shown as ${MASK} unless asked for with --reveal.`],
  positionals: [KIND, { name: 'NAME', description: 'Name or id of one; all of them unless given.', optional: true }],
  flags: { reveal: revealFlag, ...policyFlags, ...shownFlags },
  examples: ['get services', 'get route orders -o yaml', 'get plugins -o json'],
  async run(input, io) {
    const { maskSecrets } = await import('../../dialects/kong/schema/mask.ts')
    const { fieldsFor } = await import('../../dialects/kong/schema/entity.ts')
    const kind = kindNamed(input.positional('KIND'), (await kongKinds(input, io)).kinds)
    const client = adminClient(input, io)
    const shown = (entity: Entity): Entity =>
      input.isOn('reveal') ? entity : (maskSecrets(fieldsFor(kind, entity), entity, MASK) as Entity)
    const name = input.optionalPositional('NAME')
    if (name === undefined) {
      show((await client.list([kind.path!])).map(shown), columnsOf(kind), input, io)
      return 0
    }
    const entity = await client.find([kind.path!, name])
    if (entity === null) throw new CommandFailure(`there is no '${name}' among the ${kind.name}`)
    showOne(shown(entity), columnsOf(kind), input, io)
    return 0
  },
}

const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  services: ['name', 'protocol', 'host', 'port', 'path', 'enabled'],
  routes: ['name', 'methods', 'hosts', 'paths', 'service'],
  plugins: ['name', 'enabled', 'route', 'service', 'consumer'],
  consumers: ['username', 'custom_id'],
}

function columnsOf(kind: EntityKind): Column[] {
  const named = [kind.endpointKey, kind.nestedKey, 'consumer'].filter((name) => typeof name === 'string')
  const names = COLUMNS[kind.name] ?? named.filter((name) => Object.hasOwn(kind.shape.shape, name))
  return [...names, 'id'].map((name): Column => [name.replaceAll('_', ' ').toUpperCase(), cell(name)])
}

function cell(name: string): Column[1] {
  const plain = field(name)
  return (entity) => {
    const value = entity[name]
    if (Array.isArray(value)) return value.join(' ')
    if (typeof value === 'object' && value !== null && 'id' in value) return String(value.id)
    return plain(entity)
  }
}
