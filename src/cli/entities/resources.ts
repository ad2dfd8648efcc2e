import type { Input } from '../command.ts'
import { CommandFailure } from '../failure.ts'
import type { AdminClient, Entity } from '../gateway/admin-client.ts'
import type { Column } from '../gateway/show.ts'

/** Objects of a kind as the gateway read them from manifests, each with its status. @throws CommandFailure */
export async function resources(client: AdminClient, kind: string, input: Input): Promise<readonly Entity[]> {
  const asked = new URLSearchParams()
  const namespace = input.text('namespace')
  const name = input.optionalPositional('NAME')
  if (namespace !== undefined) asked.set('namespace', namespace)
  if (name !== undefined) asked.set('name', name)
  return (await client.get(['sallyport', 'resources', kind], asked))['data'] as Entity[]
}

/** The one of that name. @throws CommandFailure when there is none, or one in each of several namespaces. */
export function theOne(found: readonly Entity[], kind: string, name: string): Entity {
  if (found.length === 0) throw new CommandFailure(`there is no ${kind} '${name}'`)
  if (found.length > 1) {
    const namespaces = found.map((each) => (each['metadata'] as { namespace: string }).namespace)
    throw new CommandFailure(`several are named '${name}': say --namespace, one of ${namespaces.join(', ')}`)
  }
  return found[0]!
}

const about = (member: string) => (entity: Entity) =>
  String((entity['metadata'] as Record<string, unknown>)[member] ?? '-')

export const RESOURCE_COLUMNS: readonly Column[] = [
  ['NAMESPACE', about('namespace')],
  ['NAME', about('name')],
  ['STATUS', (entity) => conditionsText(entity['status'])],
]

/** What is not as it should be, in short: `Accepted=False (Invalid)`; `ok` when nothing is wrong. */
function conditionsText(status: unknown): string {
  const found = new Set<string>()
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk)
    else if (typeof value === 'object' && value !== null) {
      const { type, status: is, reason } = value as Record<string, unknown>
      if (typeof type === 'string' && typeof reason === 'string') {
        const isBad = type === 'Conflicted' ? is === 'True' : is === 'False'
        if (isBad && reason !== 'Pending') found.add(`${type}=${is} (${reason})`)
      } else Object.values(value).forEach(walk)
    }
  }
  walk(status)
  if (status === undefined) return '-'
  return found.size === 0 ? 'ok' : [...found].join(', ')
}
