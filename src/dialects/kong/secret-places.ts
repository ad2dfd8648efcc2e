import type { Entity } from '../../store/port.ts'
import type { EntityKind } from './entities/kind.ts'
import { fieldsFor } from './schema/entity.ts'
import { type Field, fieldOf } from './schema/field.ts'

/** Where stored entities hold secrets, by what their schemas say. */
export function secretPlaces(kinds: ReadonlyMap<string, EntityKind>) {
  return {
    isSecret(entity: Entity, path: readonly (string | number)[]): boolean {
      const kind = kinds.get(entity.kind)
      let field: Field | undefined = kind && fieldsFor(kind, entity.json)
      for (const step of path) {
        field = field?.fields?.get(String(step)) ?? field?.element
        if (field?.meta.secret) return true
      }
      return false
    },
    isSecretUnique(kind: string, constraint: string): boolean {
      const fields = kinds.get(kind) && fieldOf(kinds.get(kind)!.shape).fields
      return constraint.split('+').some((name) => fields?.get(name)?.meta.secret === true)
    },
  }
}
