import { vaultSchemas } from '../../../secrets/vault-schemas.ts'
import type { EntityKind, Values } from '../entities/kind.ts'
import { pluginShape } from '../entities/plugin.ts'
import { documentFields, type SchemaDocument } from '../schema/document.ts'
import { checkEntity, expandShorthands, fieldsFor } from '../schema/entity.ts'
import { type Field, fieldOf } from '../schema/field.ts'
import { withAutoValues } from './auto-values.ts'
import type { AdminContext } from './context.ts'
import { type AdminAnswer, type Endpoint, ok } from './endpoint.ts'
import { inputFor } from './input.ts'
import { AdminProblem, schemaViolation } from './problem.ts'

/** The schemas as documents, and trying entities against them without writing. */
export function schemaEndpoints(context: AdminContext): Endpoint[] {
  const kindOf = (name: string) => {
    const kind = context.kinds.get(name)
    if (!kind) throw new AdminProblem(404, { message: `No entity named '${name}'` })
    return kind
  }
  const policyOf = (name: string) => {
    const policy = context.policies.find((each) => each.name === name)
    if (!policy) throw new AdminProblem(404, { message: `No plugin named '${name}'` })
    return policy
  }
  const vaultOf = (name: string) => {
    const schema = Object.hasOwn(vaultSchemas, name) ? vaultSchemas[name] : undefined
    if (!schema) throw new AdminProblem(404, { message: `No vault named '${name}'` })
    return schema
  }
  const validate = (kind: EntityKind, input: Values): AdminAnswer => {
    const expanded = expandShorthands(kind, input)
    if (expanded.problems) throw schemaViolation(expanded.problems)
    const fields = fieldsFor(kind, expanded.values)
    const checked = checkEntity(kind, withAutoValues(fields, expanded.values, 'create', context.clock.now()))
    if (checked.problems) throw schemaViolation(checked.problems)
    return ok({ message: 'schema validation successful' })
  }
  return [
    {
      path: '/schemas/plugins/validate',
      methods: { POST: async ({ body }) => validate(kindOf('plugins'), inputFor(kindOf('plugins'), body)) },
    },
    {
      path: '/schemas/vaults/validate',
      methods: { POST: async ({ body }) => validate(kindOf('vaults'), inputFor(kindOf('vaults'), body)) },
    },
    {
      path: '/schemas/plugins/:name',
      methods: { GET: async ({ params }) => ok(pluginDocument(fieldOf(pluginShape(policyOf(params['name']!))))) },
    },
    {
      path: '/schemas/vaults/:name',
      methods: { GET: async ({ params }) => ok(vaultDocument(fieldOf(vaultOf(params['name']!)))) },
    },
    {
      path: '/schemas/:name',
      methods: { GET: async ({ params }) => ok(entityDocument(kindOf(params['name']!))) },
    },
    {
      path: '/schemas/:name/validate',
      methods: {
        POST: async ({ params, body }) => validate(kindOf(params['name']!), inputFor(kindOf(params['name']!), body)),
      },
    },
    {
      path: '/plugins/schema/:name',
      methods: {
        GET: async ({ params }) => ok({ fields: documentFields(fieldOf(policyOf(params['name']!).config).fields!) }),
      },
    },
  ]
}

function entityDocument(kind: EntityKind): Values {
  const document: SchemaDocument = { fields: documentFields(fieldOf(kind.shape).fields!), entity_checks: [] }
  const shorthands = Object.entries(kind.shorthands ?? {}).filter(([, shorthand]) => !shorthand.documented)
  if (shorthands.length === 0) return { ...document }
  const fields = documentFields(new Map(shorthands.map(([name, shorthand]) => [name, fieldOf(shorthand.field)])))
  return { ...document, shorthand_fields: fields }
}

/** Only what vaults of the type have of their own. */
function vaultDocument(config: Field): Values {
  return { fields: documentFields(new Map([['config', config]])), entity_checks: [] }
}

/** Only what the plugin has of its own: where it may stand, by which protocols, and its config. */
function pluginDocument(shape: Field): Values {
  const own = ['consumer', 'protocols', 'config'].map((name): [string, Field] => [name, shape.fields!.get(name)!])
  const bound = own.filter(([name, field]) => name !== 'consumer' || field.meta.mustBeNull !== undefined)
  return { fields: documentFields(new Map(bound)), entity_checks: [] }
}
