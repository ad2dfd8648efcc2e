import type { StoredEntity } from '../../../store/port.ts'
import type { EntityKind, Values } from '../entities/kind.ts'
import { referencesOf } from '../schema/entity.ts'
import { isUuid } from '../schema/validate.ts'
import { answerWith, create, patch, put, remove } from './actions.ts'
import { listAll, listChildren } from './collection.ts'
import type { AdminContext } from './context.ts'
import { type AdminRequest, created, type Endpoint, noContent, ok } from './endpoint.ts'
import { inputFor } from './input.ts'
import { find, findChild, type Key, keyOf, referenceOf } from './lookup.ts'
import { entityNotFound, methodNotAllowed, notFound } from './problem.ts'

/** Every endpoint that follows from the kinds: collections, single entities, children under parents, parents of children. */
export function entityEndpoints(context: AdminContext): Endpoint[] {
  const endpoints: Endpoint[] = []
  for (const kind of context.kinds.values()) {
    if (kind.path !== null) endpoints.push(...ownEndpoints(context, kind))
    for (const { field, target } of referencesOf(kind)) {
      const parent = context.kinds.get(target)
      if (!parent?.path) continue
      if (kind.nestedPath !== null) endpoints.push(...childEndpoints(context, kind, parent, field))
      // A server name's certificate is not to be had this way.
      if (kind.path !== null && kind.name !== 'snis') endpoints.push(parentEndpoint(context, kind, parent, field))
    }
  }
  return endpoints
}

/** The segment of a path that names an entity of this kind. */
const segment = (request: AdminRequest, kind: EntityKind) => request.params[kind.name]!

/** The key of what a PATCH changes, and the entity if there is one. */
async function target(
  context: AdminContext,
  kind: EntityKind,
  text: string,
): Promise<{ key: Key; row: StoredEntity | null }> {
  const row = await find(context, kind, text)
  const key: Key = kind.name === 'certificates' && row ? { field: 'id', value: row.id } : keyOf(kind, text)
  return { key, row }
}

function ownEndpoints(context: AdminContext, kind: EntityKind): Endpoint[] {
  const collection: Endpoint = {
    path: `/${kind.path}`,
    about: { kind: kind.name, many: true },
    methods: {
      GET: (request) => listAll(context, kind, request.query),
      POST: async ({ body }) =>
        created(await answerWith(context, kind, await create(context, kind, inputFor(kind, body)))),
    },
  }
  const single: Endpoint = {
    path: `/${kind.path}/:${kind.name}`,
    about: { kind: kind.name, many: false },
    methods: {
      async GET(request) {
        const row = await find(context, kind, segment(request, kind))
        if (!row) throw notFound()
        return ok(await answerWith(context, kind, row))
      },
      async PUT(request) {
        const row = await put(context, kind, segment(request, kind), inputFor(kind, request.body))
        return ok(await answerWith(context, kind, row))
      },
      async PATCH(request) {
        const { key, row } = await target(context, kind, segment(request, kind))
        if (!row) throw entityNotFound({ [key.field]: key.value })
        const changed = await patch(context, kind, key, inputFor(kind, request.body, row.json))
        return ok(await answerWith(context, kind, changed))
      },
      async DELETE(request) {
        const row = await find(context, kind, segment(request, kind))
        if (row) await remove(context, kind, row.id)
        return noContent
      },
    },
  }
  return [collection, single]
}

function childEndpoints(context: AdminContext, kind: EntityKind, parent: EntityKind, field: string): Endpoint[] {
  const parentRow = async (request: AdminRequest) => {
    const row = await find(context, parent, segment(request, parent))
    if (!row) throw notFound()
    return row
  }
  const both = async (request: AdminRequest) => {
    const above = await parentRow(request)
    const row = await findChild(context, kind, segment(request, kind), field, above.id)
    if (!row) throw notFound()
    return { above, row }
  }
  const path = `/${parent.path}/:${parent.name}/${kind.nestedPath}`
  const collection: Endpoint = {
    path,
    about: { kind: kind.name, many: true },
    methods: {
      async GET(request) {
        const { id } = await parentRow(request)
        const path = `/${parent.path}/${encodeURIComponent(segment(request, parent))}/${kind.nestedPath}`
        return listChildren(context, kind, request.query, { field, id, path })
      },
      async POST(request) {
        const { id } = await parentRow(request)
        const input = { ...inputFor(kind, request.body), [field]: { id } }
        return created(await answerWith(context, kind, await create(context, kind, input)))
      },
    },
  }
  const single: Endpoint = {
    path: `${path}/:${kind.name}`,
    about: { kind: kind.name, many: false },
    methods: {
      GET: async (request) => ok(await answerWith(context, kind, (await both(request)).row)),
      async PUT(request) {
        const { id } = await parentRow(request)
        const given = { ...inputFor(kind, request.body), [field]: { id } }
        const { name, input } = await nestedPut(context, kind, segment(request, kind), field, id, given)
        return ok(await answerWith(context, kind, await put(context, kind, name, input)))
      },
      async PATCH(request) {
        const { above, row } = await both(request)
        const input: Values = { [field]: { id: above.id }, ...inputFor(kind, request.body, row.json) }
        return ok(await answerWith(context, kind, await patch(context, kind, { field: 'id', value: row.id }, input)))
      },
      async DELETE(request) {
        await remove(context, kind, (await both(request)).row.id)
        return noContent
      },
    },
  }
  return [collection, single]
}

/** A child that is named by a key of its own under the parent (an ACL by its group) is put under its id. */
async function nestedPut(
  context: AdminContext,
  kind: EntityKind,
  text: string,
  field: string,
  parentId: string,
  input: Values,
): Promise<{ name: string; input: Values }> {
  const key = kind.nestedKey
  if (key === undefined || isUuid(text)) return { name: text, input }
  const row = await findChild(context, kind, text, field, parentId)
  return { name: row?.id ?? crypto.randomUUID(), input: { ...input, [key]: input[key] ?? text } }
}

function parentEndpoint(context: AdminContext, kind: EntityKind, parent: EntityKind, field: string): Endpoint {
  const childRow = async (request: AdminRequest) => {
    const row = await find(context, kind, segment(request, kind))
    if (!row) throw notFound()
    return row
  }
  const parentRow = async (request: AdminRequest) => {
    const id = referenceOf(await childRow(request), field)
    const row = id === null ? null : await context.store.get(parent.name, id)
    if (!row) throw notFound()
    return row
  }
  return {
    path: `/${kind.path}/:${kind.name}/${field}`,
    about: { kind: parent.name, many: false },
    methods: {
      GET: async (request) => ok(await answerWith(context, parent, await parentRow(request))),
      async PUT(request) {
        const child = await childRow(request)
        const linked = referenceOf(child, field)
        const id = linked ?? crypto.randomUUID()
        const row = await put(context, parent, id, inputFor(parent, request.body))
        if (linked === null) await patch(context, kind, { field: 'id', value: child.id }, { [field]: { id } })
        return ok(await answerWith(context, parent, row))
      },
      async PATCH(request) {
        const row = await parentRow(request)
        const input = inputFor(parent, request.body, row.json)
        return ok(
          await answerWith(context, parent, await patch(context, parent, { field: 'id', value: row.id }, input)),
        )
      },
      async DELETE(request) {
        if (referenceOf(await childRow(request), field) === null) throw notFound()
        throw methodNotAllowed()
      },
    },
  }
}
