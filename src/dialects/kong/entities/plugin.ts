import { z } from 'zod'
import { flag, oneOf, optional, record, set, text } from '../../../policy/fields.ts'
import type { AnyPolicy } from '../../../policy/policy.ts'
import { fieldOf } from '../schema/field.ts'
import { hasProblems, setProblem } from '../schema/problems.ts'
import { referencesIn, withoutReferences } from '../schema/references.ts'
import * as t from './field-types.ts'
import type { EntityKind } from './kind.ts'

/** A policy use: a policy with its config, placed on a route, service, consumer, some of these or none. */
export function pluginKind(policies: readonly AnyPolicy[]): EntityKind {
  const byName = new Map(policies.map((policy) => [policy.name, { policy, shape: pluginShape(policy) }]))
  const policyOf = (name: unknown) => byName.get(String(name))
  return {
    name: 'plugins',
    path: 'plugins',
    nestedPath: 'plugins',
    endpointKey: 'instance_name',
    uniqueTogether: [['consumer', 'name', 'route', 'service']],
    expires: false,
    shape: pluginShape(null),
    shapeFor({ name }) {
      if (name === undefined || name === null) return { problems: { name: 'required field missing' } }
      if (typeof name !== 'string') return { problems: { name: 'expected a string' } }
      const known = policyOf(name)
      if (known) return { shape: known.shape }
      // Kong goes on to name a setting of its own that could enable it; we have none.
      const message = `plugin '${name}' not enabled; there are ${[...byName.keys()].sort().join(', ')}`
      return { problems: { name: message } }
    },
    check(values, problems) {
      // A policy's own check may rely on the types of its config.
      if (problems['config']) return
      const policy = policyOf(values['name'])?.policy
      if (policy?.check === undefined) return
      const references = referencesIn(fieldOf(policy.config), values['config'])
      const found = withoutReferences(policy.check(values['config'] as never), references)
      for (const [field, problem] of Object.entries(found)) {
        if (field === '@config' && typeof problem === 'string') problems['config'] = problem
        else if (field === '@config') setProblem(problems, 'config.@entity', problem)
        else if (field !== '@entity') setProblem(problems, `config.${field}`, problem)
      }
      const whole = found['@entity']
      if (whole !== undefined && hasProblems(found)) problems['@entity'] = Array.isArray(whole) ? whole : [whole]
    },
  }
}

/** Without a policy: the fields that all have. */
export function pluginShape(policy: AnyPolicy | null) {
  const consumer = optional(t.foreign('consumers', 'cascade'))
  return record({
    id: t.id(),
    name: text(),
    instance_name: optional(t.name()),
    created_at: t.time(),
    updated_at: t.time(),
    route: optional(t.foreign('routes', 'cascade')),
    service: optional(t.foreign('services', 'cascade')),
    consumer: policy?.consumerScope === false ? consumer.meta({ mustBeNull: '' }) : consumer,
    config: (policy?.config ?? z.looseObject({})) as z.ZodObject,
    protocols: set(oneOf(...t.HTTP_PROTOCOLS)).default([...t.HTTP_PROTOCOLS]),
    enabled: flag().default(true),
    tags: t.tags(),
  })
}
