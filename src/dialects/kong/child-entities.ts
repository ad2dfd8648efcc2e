import { idOf, type Values } from './entity-specs.ts'

/** Entities that the model holds inside their parent, by parent. */
export class ChildEntities {
  readonly #field: string
  readonly #byId = new Map<string, Values>()
  readonly #byParent = new Map<string, Map<string, Values>>()

  /** @param field the foreign key that names the parent. */
  constructor(field: string) {
    this.#field = field
  }

  /** @returns the parents concerned: two when the child moved. */
  put(id: string, json: Values): string[] {
    const parent = idOf(json[this.#field])
    const [before] = this.#byId.has(id) && idOf(this.#byId.get(id)![this.#field]) !== parent ? this.delete(id) : []
    if (parent === null) return before === undefined ? [] : [before]
    this.#byId.set(id, json)
    let siblings = this.#byParent.get(parent)
    if (siblings === undefined) this.#byParent.set(parent, (siblings = new Map()))
    siblings.set(id, json)
    return before === undefined ? [parent] : [before, parent]
  }

  delete(id: string): string[] {
    const json = this.#byId.get(id)
    const parent = json === undefined ? null : idOf(json[this.#field])
    if (parent === null) return []
    this.#byId.delete(id)
    const siblings = this.#byParent.get(parent)
    siblings?.delete(id)
    if (siblings?.size === 0) this.#byParent.delete(parent)
    return [parent]
  }

  of(parent: string): Values[] {
    return [...(this.#byParent.get(parent)?.values() ?? [])]
  }
}
