import type { StoredEntity } from '../../../store/port.ts'
import type { EntityKind, Values } from '../entities/kind.ts'
import { certificateForPut, namesOf, writeCertificate } from './certificate-names.ts'
import type { AdminContext } from './context.ts'
import { type Key, keyOf, present } from './lookup.ts'
import { referencedByOthers } from './problem.ts'
import { createEntity, deleteEntity, patchEntity, putEntity } from './write.ts'

const PAGE = 1000

/** What the endpoints do with entities; the few kinds that are more than one row are told apart here. */
export function create(context: AdminContext, kind: EntityKind, input: Readonly<Values>): Promise<StoredEntity> {
  if (kind.name !== 'certificates') return createEntity(context, kind, input)
  return writeCertificate(context, input, null, (rest) => createEntity(context, kind, rest))
}

export async function put(
  context: AdminContext,
  kind: EntityKind,
  segment: string,
  input: Readonly<Values>,
): Promise<StoredEntity> {
  if (kind.name !== 'certificates') return putEntity(context, kind, keyOf(kind, segment), input)
  const { key, input: named } = await certificateForPut(context, segment, input)
  return writeCertificate(context, named, key.value, (rest) => putEntity(context, kind, key, rest))
}

export function patch(
  context: AdminContext,
  kind: EntityKind,
  key: Key,
  input: Readonly<Values>,
): Promise<StoredEntity> {
  if (kind.name !== 'certificates') return patchEntity(context, kind, key, input)
  return writeCertificate(context, input, key.value, (rest) => patchEntity(context, kind, key, rest))
}

export async function remove(context: AdminContext, kind: EntityKind, id: string): Promise<void> {
  if (kind.name === 'ca_certificates') await checkUnused(context, id)
  await deleteEntity(context, kind, id)
}

export async function answerWith(context: AdminContext, kind: EntityKind, row: StoredEntity): Promise<Values> {
  const values = present(context, kind, row)
  if (kind.name === 'certificates') values['snis'] = await namesOf(context, row.id)
  return values
}

/** Services list authorities by id without a foreign key, so that each has to be looked at. */
async function checkUnused(context: AdminContext, id: string): Promise<void> {
  let after: string | null = null
  do {
    const page = await context.store.page({ kind: 'services', size: PAGE, after })
    const user = page.entities.find((service) => (service.json['ca_certificates'] as string[] | null)?.includes(id))
    if (user) throw referencedByOthers(`ca certificate ${id} is still referenced by services (id = ${user.id})`)
    after = page.after
  } while (after !== null)
}
