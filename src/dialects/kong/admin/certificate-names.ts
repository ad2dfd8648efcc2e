import type { Entity, StoredEntity } from '../../../store/port.ts'
import type { Values } from '../entities/kind.ts'
import { isUuid } from '../schema/validate.ts'
import type { AdminContext } from './context.ts'
import { type Key, referenceOf } from './lookup.ts'
import { schemaViolation } from './problem.ts'
import { createEntity, deleteEntity } from './write.ts'

const PAGE = 1000

/** The server names of a certificate, sorted. */
export async function namesOf(context: AdminContext, certificateId: string): Promise<string[]> {
  return (await snisOf(context, certificateId)).map((sni) => String(sni.json['name'])).sort()
}

async function snisOf(context: AdminContext, certificateId: string): Promise<Entity[]> {
  const snis: Entity[] = []
  let after: string | null = null
  do {
    const referencing = { field: 'certificate', id: certificateId }
    const page = await context.store.page({ kind: 'snis', size: PAGE, after, referencing })
    snis.push(...page.entities)
    after = page.after
  } while (after !== null)
  return snis
}

/**
 * Writes a certificate with its server names: the names are looked at before anything is written, and made, kept or
 * deleted after it.
 *
 * @param id of the certificate; null when it is made now.
 * @throws AdminProblem
 */
export async function writeCertificate(
  context: AdminContext,
  input: Readonly<Values>,
  id: string | null,
  write: (input: Readonly<Values>) => Promise<StoredEntity>,
): Promise<StoredEntity> {
  const names = Array.isArray(input['snis']) ? input['snis'].map(String) : null
  for (const [i, name] of (names ?? []).entries()) {
    if (names?.indexOf(name) !== i) throw schemaViolation({ snis: `${name} is duplicated` })
    const sni = await context.store.findUnique('snis', 'name', name)
    const holder = sni && referenceOf(sni, 'certificate')
    if (!holder || holder === id) continue
    throw schemaViolation({ snis: `${name} already associated with existing certificate '${holder}'` })
  }
  const row = await write(input)
  if (names || input['snis'] === null) await replaceNames(context, row.id, names ?? [])
  return row
}

async function replaceNames(context: AdminContext, certificateId: string, names: readonly string[]): Promise<void> {
  const kind = context.kinds.get('snis')!
  const existing = await snisOf(context, certificateId)
  for (const sni of existing) {
    if (!names.includes(String(sni.json['name']))) await deleteEntity(context, kind, sni.id)
  }
  for (const name of names) {
    if (existing.some((sni) => sni.json['name'] === name)) continue
    await createEntity(context, kind, { name, certificate: { id: certificateId } })
  }
}

/**
 * The certificate that a path segment names: by id, or by one of its server names. A PUT by a name that nobody has makes a
 * certificate with that name.
 */
export async function certificateForPut(
  context: AdminContext,
  segment: string,
  input: Readonly<Values>,
): Promise<{ key: Key; input: Values }> {
  const snis = input['snis'] === undefined ? null : input['snis']
  if (isUuid(segment)) return { key: { field: 'id', value: segment.toLowerCase() }, input: { ...input, snis } }
  const sni = await context.store.findUnique('snis', 'name', segment)
  const id = sni ? referenceOf(sni, 'certificate')! : crypto.randomUUID()
  const names = Array.isArray(snis) ? snis : snis === null ? [] : [snis]
  const all = names.includes(segment) ? names : [...names, segment]
  return { key: { field: 'id', value: id }, input: { ...input, snis: all } }
}
