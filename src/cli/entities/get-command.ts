import type { EntityKind } from '../../dialects/kong/entities/kind.ts'
import type { Command, Flag } from '../command.ts'
import { MASK } from '../credential/credential-kind.ts'
import { CommandFailure } from '../failure.ts'
import type { Entity } from '../gateway/admin-client.ts'
import { adminClient, shownFlags } from '../gateway/gateway-flags.ts'
import { type Column, field, show, showOne } from '../gateway/show.ts'
import { kindNamed, kongKinds, policyFlags } from './kong-kinds.ts'
import { RESOURCE_COLUMNS, resources, theOne } from './resources.ts'

export const KIND = { name: 'KIND', description: 'Such as services, routes, consumers, plugins, jwt_secrets.' }

const namespaceFlag: Flag = {
  kind: 'text',
  short: 'n',
  hint: 'NAMESPACE',
  description: 'Of resources from manifests: those of one namespace.',
}
const revealFlag: Flag = { kind: 'switch', description: 'Show secrets.' }

export const getCommand: Command = {
  name: 'get',
  summary: 'Show entities of a running gateway, or resources that it read from manifests',
  details: [
    `Secrets are shown as ${MASK} unless asked for with --reveal.`,
    'Of the source kgateway:PATH there are GatewayClass, Gateway, ListenerSet, HTTPRoute, GRPCRoute, TrafficPolicy, GatewayExtension and Backend, each with its status.',
  ],
  positionals: [KIND, { name: 'NAME', description: 'Name or id of one; all of them unless given.', optional: true }],
  flags: { reveal: revealFlag, namespace: namespaceFlag, ...policyFlags, ...shownFlags },
  examples: ['get services', 'get route orders -o yaml', 'get TrafficPolicy jwt-policy -o yaml'],
  async run(input, io) {
    const { shownKind } = await import('../../dialects/kgateway/shown-resources.ts')
    const resourceKind = shownKind(input.positional('KIND'))
    if (resourceKind !== null) {
      const found = await resources(adminClient(input, io), resourceKind, input)
      const wanted = input.optionalPositional('NAME')
      if (wanted === undefined) show(found, RESOURCE_COLUMNS, input, io)
      else showOne(theOne(found, resourceKind, wanted), RESOURCE_COLUMNS, input, io)
      return 0
    }
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
