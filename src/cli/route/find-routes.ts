import type { AdminClient, Entity } from '../gateway/admin-client.ts'

/** Routes that list the path among theirs, whatever they are called. */
export async function routesWithPath(client: AdminClient, path: string): Promise<Entity[]> {
  return (await client.list(['routes'])).filter((route) => pathsOf(route).includes(path))
}

export function pathsOf(route: Entity): readonly string[] {
  return listOf(route, 'paths')
}

/** A field that holds texts; empty where it holds nothing. */
export function listOf(entity: Entity, field: string): readonly string[] {
  return (entity[field] as readonly string[] | null | undefined) ?? []
}

/** The id that a field points at, or null. */
export function referenceOf(entity: Entity, field: string): string | null {
  return (entity[field] as { id?: string } | null | undefined)?.id ?? null
}

/** What people call a route: its name, else its id. */
export function nameOf(entity: Entity): string {
  return String(entity['name'] ?? entity['id'])
}
