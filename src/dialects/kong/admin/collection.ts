import type { EntityKind } from '../entities/kind.ts'
import { answerWith } from './actions.ts'
import type { AdminContext } from './context.ts'
import { type AdminAnswer, ok } from './endpoint.ts'
import { offsetAfter, readOffset, readSize, readTags } from './paging.ts'

/** One page of all entities of a kind. `tags` and `size` are kept in the link to the next page. @throws AdminProblem */
export async function listAll(context: AdminContext, kind: EntityKind, query: URLSearchParams): Promise<AdminAnswer> {
  const tags = readTags(query)
  const page = { kind: kind.name, size: readSize(query), after: readOffset(query), ...(tags ? { tags } : {}) }
  const kept = ['tags', 'size'].flatMap((name) => {
    const value = query.get(name)
    return value === null ? [] : [`&${name}=${encodeURIComponent(value)}`]
  })
  return answer(context, kind, await context.store.page(page), `/${kind.path}`, kept.join(''))
}

/** One page of the children of a parent; not filtered by tags, as in Kong. @throws AdminProblem */
export async function listChildren(
  context: AdminContext,
  kind: EntityKind,
  query: URLSearchParams,
  parent: { readonly field: string; readonly id: string; readonly path: string },
): Promise<AdminAnswer> {
  const page = await context.store.page({
    kind: kind.name,
    size: readSize(query),
    after: readOffset(query),
    referencing: { field: parent.field, id: parent.id },
  })
  return answer(context, kind, page, parent.path, '')
}

async function answer(
  context: AdminContext,
  kind: EntityKind,
  page: Awaited<ReturnType<AdminContext['store']['page']>>,
  path: string,
  kept: string,
): Promise<AdminAnswer> {
  const data = []
  for (const entity of page.entities) data.push(await answerWith(context, kind, entity))
  if (page.after === null) return ok({ data, next: null })
  const offset = offsetAfter(page.after)
  return ok({ data, offset, next: `${path}?offset=${encodeURIComponent(offset)}${kept}` })
}
