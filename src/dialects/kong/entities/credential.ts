import type { z } from 'zod'
import { optional, record } from '../../../policy/fields.ts'
import type { EntityDefinition } from '../../../policy/policy.ts'
import { isReference } from '../../../secrets/reference.ts'
import { fieldOf } from '../schema/field.ts'
import { addEntityProblem, hasProblems, setProblem } from '../schema/problems.ts'
import { referencesIn, withoutReferences } from '../schema/references.ts'
import * as t from './field-types.ts'
import type { EntityKind, Values } from './kind.ts'

interface Spelling {
  readonly path: string | null
  readonly nestedPath: string | null
  readonly endpointKey: string | null
  /** Foreign keys, where they are not just the consumer. */
  readonly foreign?: Readonly<Record<string, z.ZodType>>
  readonly writtenTogether?: EntityKind['writtenTogether']
  /** False where the entity has no tags. */
  readonly tags?: boolean
}

/** How Kong spells the entities that policies own; by default, `/KIND` and the lookup field. */
const SPELLINGS: Readonly<Record<string, Spelling>> = {
  jwt_secrets: { path: 'jwts', nestedPath: 'jwt', endpointKey: 'key' },
  keyauth_credentials: { path: 'key-auths', nestedPath: 'key-auth', endpointKey: 'key' },
  basicauth_credentials: {
    path: 'basic-auths',
    nestedPath: 'basic-auth',
    endpointKey: 'username',
    writtenTogether: [{ input: 'password', needs: 'consumer.id' }],
  },
  hmacauth_credentials: { path: 'hmac-auths', nestedPath: 'hmac-auth', endpointKey: 'username' },
  acls: { path: 'acls', nestedPath: 'acls', endpointKey: null },
  oauth2_credentials: {
    path: 'oauth2',
    nestedPath: 'oauth2',
    endpointKey: 'client_id',
    writtenTogether: [{ input: 'hash_secret', needs: 'client_secret' }],
  },
  oauth2_tokens: {
    path: 'oauth2_tokens',
    nestedPath: 'oauth2_tokens',
    endpointKey: 'access_token',
    tags: false,
    foreign: {
      credential: t.foreign('oauth2_credentials', 'cascade'),
      service: optional(t.foreign('services', 'cascade')),
    },
  },
  oauth2_authorization_codes: {
    path: null,
    nestedPath: null,
    endpointKey: null,
    tags: false,
    foreign: {
      credential: t.foreign('oauth2_credentials', 'cascade'),
      service: optional(t.foreign('services', 'cascade')),
      plugin: optional(t.foreign('plugins', 'cascade')),
    },
  },
  sessions: { path: 'sessions', nestedPath: null, endpointKey: 'session_id', tags: false, foreign: {} },
}

/** An entity that a policy owns, as a kind of this dialect. */
export function credentialKind(definition: EntityDefinition): EntityKind {
  const { kind, schema, lookup, uniquePerConsumer } = definition
  const spelling: Spelling = SPELLINGS[kind] ?? { path: kind, nestedPath: kind, endpointKey: lookup }
  const foreign = spelling.foreign ?? { consumer: t.foreign('consumers', 'cascade') }
  // What a policy reads of these it declares too; how they are written is said here, once for all kinds.
  const written = { id: t.id(), created_at: t.time(), ...foreign }
  const own = Object.fromEntries(Object.entries(schema.shape).filter(([name]) => !(name in written)))
  const { check, prepare, prepareKept } = definition
  // Only the value behind a reference can be prepared, and that is done where it is known.
  const withReferences = (values: Values, prepared: Values): Values => {
    const kept = Object.keys(own).filter((name) => isReferenceIn(schema, name, values))
    return { ...prepared, ...Object.fromEntries(kept.map((name) => [name, values[name]])) }
  }
  return {
    name: kind,
    path: spelling.path,
    nestedPath: spelling.nestedPath,
    endpointKey: spelling.endpointKey,
    ...(uniquePerConsumer && { nestedKey: uniquePerConsumer }),
    uniqueTogether: uniquePerConsumer ? [['consumer', uniquePerConsumer].sort()] : [],
    expires: definition.expires ?? false,
    ...(spelling.writtenTogether && { writtenTogether: spelling.writtenTogether }),
    shape: record({
      ...written,
      ...own,
      ...(spelling.tags === false ? {} : { tags: t.tags() }),
    }),
    ...(check && {
      check(values, problems) {
        // The policy's check may rely on the types of the fields.
        if (hasProblems(problems)) return
        const found = withoutReferences(check(values), referencesIn(fieldOf(schema), values))
        for (const [field, problem] of Object.entries(found)) {
          if (field === '@entity') for (const each of [problem].flat()) addEntityProblem(problems, each)
          else setProblem(problems, field, problem)
        }
      },
    }),
    ...(prepare && {
      prepare: (values) =>
        withReferences(values, prepare(values, (values['consumer'] as { id: string } | null)?.id ?? '')),
    }),
    ...(prepareKept && {
      prepareKept: async (values, stored) => withReferences(values, await prepareKept(values, stored)),
    }),
  }
}

function isReferenceIn(schema: z.ZodObject, name: string, values: Readonly<Values>): boolean {
  return fieldOf(schema).fields!.get(name)?.meta.referenceable === true && isReference(values[name])
}
