import type { EntityKind } from '../../dialects/kong/entities/kind.ts'
import type { WrittenEntity } from '../../dialects/kong/file/write.ts'
import type { AdminClient } from '../gateway/admin-client.ts'

/** Everything that a gateway holds of these kinds, in their order. @throws CommandFailure */
export async function currentEntities(
  client: AdminClient,
  kinds: ReadonlyMap<string, EntityKind>,
): Promise<WrittenEntity[]> {
  const all: WrittenEntity[] = []
  const add = (kind: string, json: Readonly<Record<string, unknown>>) =>
    all.push({ kind, id: String(json['id']), json })
  for (const kind of kinds.values()) {
    if (kind.path !== null) for (const json of await client.list([kind.path])) add(kind.name, json)
    // only found under their upstream
    if (kind.name !== 'targets') continue
    for (const { id } of all.filter((each) => each.kind === 'upstreams')) {
      for (const json of await client.list(['upstreams', id, 'targets'])) add('targets', json)
    }
  }
  return all
}
