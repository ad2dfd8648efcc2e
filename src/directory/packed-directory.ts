import type { Clock } from '../base/clock.ts'
import type { Change, ConsumerSpec, CredentialSpec } from '../model/model.ts'
import type { Consumer, Credential, Directory, Stamp } from '../policy/directory.ts'

/** Stand-in over plain maps until the packed rows are in place. */
export class PackedDirectory implements Directory {
  readonly #clock: Clock
  readonly #consumers = new Map<string, ConsumerSpec>()
  readonly #credentials = new Map<string, CredentialSpec>()
  readonly #rows = new Map<string, Stamp>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  apply(change: Extract<Change, { kind: 'consumer' | 'credential' }>): void {
    const id = change.op === 'put' ? change.value.id : change.id
    const key = `${change.kind}/${id}`
    const before = this.#rows.get(key) ?? { row: this.#rows.size, generation: 0 }
    this.#rows.set(key, { row: before.row, generation: before.generation + 1 })
    if (change.op === 'delete') (change.kind === 'consumer' ? this.#consumers : this.#credentials).delete(id)
    else if (change.kind === 'consumer') this.#consumers.set(id, change.value)
    else this.#credentials.set(id, change.value)
  }

  credential(kind: string, key: string): Credential | null {
    for (const spec of this.#credentials.values()) {
      if (spec.kind === kind && spec.key === key && this.#lives(spec)) return this.#seen(spec)
    }
    return null
  }

  credentialsOf(consumer: Consumer, kind: string): readonly Credential[] {
    const own = [...this.#credentials.values()].filter((spec) => spec.consumerId === consumer.id && spec.kind === kind)
    return own.filter((spec) => this.#lives(spec)).map((spec) => this.#seen(spec))
  }

  consumer(id: string): Consumer | null {
    const spec = this.#consumers.get(id)
    return spec === undefined ? null : { ...spec, stamp: this.#rows.get(`consumer/${id}`)! }
  }

  consumerNamed(idOrUsername: string): Consumer | null {
    for (const { id, username } of this.#consumers.values()) if (username === idOrUsername) return this.consumer(id)
    return this.consumer(idOrUsername)
  }

  isCurrent(stamp: Stamp): boolean {
    for (const { row, generation } of this.#rows.values()) if (row === stamp.row) return generation === stamp.generation
    return false
  }

  #lives({ expiresAt }: CredentialSpec): boolean {
    return expiresAt === null || expiresAt > this.#clock.now()
  }

  #seen({ id, kind, fields, consumerId }: CredentialSpec): Credential {
    return { id, kind, fields, consumer: this.consumer(consumerId), stamp: this.#rows.get(`credential/${id}`)! }
  }
}
