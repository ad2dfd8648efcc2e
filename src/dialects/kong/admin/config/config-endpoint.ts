import { stringify } from 'yaml'
import type { Entity, StoredEntity } from '../../../../store/port.ts'
import type { Values } from '../../entities/kind.ts'
import type { DeclaredEntity } from '../../file/check-drafts.ts'
import { readDocument } from '../../file/document.ts'
import { kongDocument } from '../../file/write.ts'
import { readKongText } from '../../file.ts'
import { toWrite } from '../../schema/entity.ts'
import { luaText } from '../../schema/lua-text.ts'
import type { AdminContext } from '../context.ts'
import { type AdminAnswer, type AdminRequest, created, type Endpoint, ok } from '../endpoint.ts'
import { present } from '../lookup.ts'
import { badRequest, invalidDeclaration } from '../problem.ts'
import type { DeclaredState } from './declared-state.ts'
import { flattenedErrors } from './flattened-errors.ts'
import { problemFields } from './problem-fields.ts'

/** The name by which problems call what was posted. */
const SOURCE = 'config'
/** Fields of an entity that tell when it was written, not what it is. */
const TIMES = new Set(['created_at', 'updated_at'])

/**
 * `/config`: everything at once, as one declarative document. Only where entities are kept in memory; who has a database
 * writes single entities to it.
 *
 * @param state null where there is a database.
 */
export function configEndpoint(context: AdminContext, state: DeclaredState | null): Endpoint {
  const withDatabase = async () => {
    throw badRequest('this endpoint is only available when Kong is configured to not use a database')
  }
  if (state === null) return { path: '/config', methods: { GET: withDatabase, POST: withDatabase } }
  return {
    path: '/config',
    takesYaml: true,
    query: ['check_hash', 'flatten_errors'],
    methods: {
      async GET() {
        const document = kongDocument(await everything(context), context.kinds)
        return ok({ config: stringify(document) })
      },
      POST: (request) => declare(context, state, request),
    },
  }
}

async function declare(
  context: AdminContext,
  state: DeclaredState,
  { body, query }: AdminRequest,
): Promise<AdminAnswer> {
  const { values } = body
  const isDocument = Object.hasOwn(values, '_format_version')
  const text = isDocument ? JSON.stringify(values) : values['config']
  if (typeof text !== 'string' || text === '') throw badRequest('expected a declarative configuration')
  if (isOn(query.get('check_hash')) && !isDocument && state.isStill(text)) return { status: 304, body: null }
  const { entities, problems } = readKongText(text, SOURCE, context.policies, context.clock, {}, state.seed)
  if (problems.length > 0) {
    const message = `declarative config is invalid: ${luaText(problemFields(problems, context.kinds))}`
    if (!isOn(query.get('flatten_errors')))
      throw invalidDeclaration(problemFields(problems, context.kinds), message, {})
    const { flattened, rest } = flattenedErrors(problems, readDocument(text, SOURCE).value, context.kinds)
    throw invalidDeclaration(problemFields(rest, context.kinds), message, { flattened_errors: flattened })
  }
  const kept = await withKeptTimes(context, entities)
  const outcome = await context.store.replaceAll!(
    kept.map(({ kind, json, expiresAt }) => toWrite(context.kinds.get(kind)!, { ...json }, expiresAt)),
  )
  if (!outcome.ok) {
    const fields = { error: `the store refused it: ${outcome.refusal.kind}` }
    throw invalidDeclaration(fields, `declarative config is invalid: ${luaText(fields)}`, {})
  }
  state.declared(text)
  await context.publish(outcome.changes, outcome.revision)
  return created(byKind(context, kept))
}

function byKind(context: AdminContext, entities: readonly StoredEntity[]): Values {
  const all: Record<string, Values> = {}
  for (const entity of entities) {
    const kind = context.kinds.get(entity.kind)!
    ;(all[entity.kind] ??= {})[entity.id] = present(context, kind, entity)
  }
  return all
}

/** What is declared again as it was keeps its times, and so stays untouched wherever it is served. */
async function withKeptTimes(
  context: AdminContext,
  entities: readonly DeclaredEntity[],
): Promise<readonly StoredEntity[]> {
  const before = new Map((await everything(context)).map((entity) => [`${entity.kind} ${entity.id}`, entity]))
  return entities.map(({ kind, id, json, expiresAt }) => {
    const old = before.get(`${kind} ${id}`)
    return { kind, id, expiresAt, json: old !== undefined && isSame(old.json, json) ? old.json : json }
  })
}

function isSame(a: Readonly<Values>, b: Readonly<Values>): boolean {
  const plain = (values: Readonly<Values>) =>
    JSON.stringify(Object.entries(values).filter(([name]) => !TIMES.has(name)))
  return plain(a) === plain(b)
}

async function everything({ store, kinds }: AdminContext): Promise<Entity[]> {
  const all: Entity[] = []
  await store.load([...kinds.keys()], (entity) => all.push(entity))
  return all
}

function isOn(value: string | null): boolean {
  return value !== null && /^(?:1|true|on|yes)$/i.test(value)
}
