import { z } from 'zod'
import type { AnyPolicy, EntityDefinition } from '../policy/policy.ts'
import { isReason } from './is-reason.ts'

/** Names that users' policies may not take. */
export interface Taken {
  readonly policies: ReadonlySet<string>
  /** Kinds of entities, and the names under which the Admin API shows them. */
  readonly kinds: ReadonlySet<string>
}

/** A field of a definition, and what is wrong with it. */
export type Fault = readonly [field: string, message: string]

const PHASES = ['guard', 'identify', 'authorize', 'shape', 'record']
const MEMBERS: Readonly<Record<string, (value: unknown) => string | null>> = {
  name: () => null,
  phase: (value) => (PHASES.includes(value as string) ? null : `expected one of ${PHASES.join(', ')}`),
  summary: (value) =>
    typeof value === 'string' && value !== '' ? null : 'expected a sentence that says what the policy does',
  config: (value) => (isRecord(value) ? null : 'expected record({ … }), of sallyport/policy; record({}) for no fields'),
  reasons: () => null,
  compile: aFunction,
  priority: (value) =>
    value === undefined || (Number.isInteger(value) && Math.abs(value as number) <= MOST)
      ? null
      : `expected a whole number from -${MOST} to ${MOST}: policies with larger ones run earlier`,
  check: aFunctionIfAny,
  identityHeaders: aFunctionIfAny,
  credentialNames: aFunctionIfAny,
  figures: aFunctionIfAny,
  entities: () => null,
  needs: needsFault,
  consumerScope: (value) =>
    value === undefined || typeof value === 'boolean' ? null : 'expected true or false; it is true when left out',
}
const MOST = 1_000_000

/** What is wrong with what a policy's module exports as its default; nothing when it is a policy. */
export function definitionFaults(given: unknown, folder: string, taken: Taken): readonly Fault[] {
  if (typeof given !== 'object' || given === null) {
    return [['', "it exports no policy: end the module with 'export default definePolicy({ … })'"]]
  }
  const definition = given as Partial<AnyPolicy> & Record<string, unknown>
  const faults: Fault[] = []
  for (const name of Object.keys(definition)) {
    if (Object.hasOwn(MEMBERS, name)) continue
    faults.push([name, `unknown member; a policy has ${Object.keys(MEMBERS).join(', ')}`])
  }
  for (const [name, faultOf] of Object.entries(MEMBERS)) {
    const message = faultOf(definition[name])
    if (message !== null) faults.push([name, message])
  }
  return [
    ...nameFaults(definition.name, folder, taken),
    ...faults,
    ...reasonFaults(definition.reasons),
    ...entityFaults(definition.entities, taken),
  ]
}

function nameFaults(name: unknown, folder: string, { policies }: Taken): Fault[] {
  if (name !== folder) return [['name', `expected '${folder}', the name of its folder, not '${String(name)}'`]]
  if (!/^[a-z][a-z0-9-]*$/.test(folder)) {
    return [['name', `'${folder}': expected lower-case letters, digits and dashes, such as tenant-headers`]]
  }
  if (policies.has(folder)) return [['name', `there is a policy '${folder}' already: give this one another name`]]
  return []
}

function reasonFaults(reasons: unknown): Fault[] {
  if (typeof reasons !== 'object' || reasons === null) {
    return [['reasons', 'expected the refusals of the policy by short names; {} when it refuses nobody']]
  }
  return Object.entries(reasons).flatMap(([name, reason]): Fault[] =>
    isReason(reason)
      ? []
      : [
          [
            `reasons.${name}`,
            "expected { code: 'in-kebab-case', status: 400 to 599, message: 'what the client reads' }",
          ],
        ],
  )
}

function entityFaults(entities: unknown, { kinds }: Taken): Fault[] {
  if (entities === undefined) return []
  if (!Array.isArray(entities)) return [['entities', 'expected a list']]
  return entities.flatMap((entity: Partial<EntityDefinition>, index): Fault[] => {
    const at = `entities[${index}]`
    const { kind, schema, lookup } = entity ?? {}
    if (typeof kind !== 'string' || !/^[a-z][a-z0-9_]*$/.test(kind)) {
      return [[`${at}.kind`, 'expected lower-case letters, digits and underscores, such as badge_credentials']]
    }
    if (kinds.has(kind)) return [[`${at}.kind`, `'${kind}' is taken: call the entity otherwise`]]
    if (!isRecord(schema)) return [[`${at}.schema`, 'expected record({ … }), of sallyport/policy']]
    if (lookup !== null && !(typeof lookup === 'string' && Object.hasOwn(schema.shape, lookup))) {
      return [[`${at}.lookup`, `expected one of ${Object.keys(schema.shape).join(', ')}, or null`]]
    }
    return []
  })
}

function needsFault(needs: unknown): string | null {
  if (needs === undefined) return null
  const { body, clientCertificate = false, ...others } = (needs ?? {}) as Record<string, unknown>
  const good = (body === undefined || typeof body === 'function') && typeof clientCertificate === 'boolean'
  return good && Object.keys(others).length === 0
    ? null
    : 'expected { body: (config) => BYTES, clientCertificate: true }, or one of them'
}

function isRecord(value: unknown): value is z.ZodObject {
  return value instanceof z.ZodObject
}

function aFunction(value: unknown): string | null {
  return typeof value === 'function' ? null : 'expected a function'
}

function aFunctionIfAny(value: unknown): string | null {
  return value === undefined ? null : aFunction(value)
}
