import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { CertificateSpec, Change, CredentialSpec, FieldReference, PolicyUse, VaultSpec } from '../model/model.ts'
import type { AnyPolicy, EntityDefinition } from '../policy/policy.ts'
import { parseReference, shownReference } from '../secrets/reference.ts'
import type { HeldSecret, Secrets } from '../secrets/secrets.ts'
import { placeNamed } from '../secrets/vault-config.ts'
import type { ChangeTaker } from './change-taker.ts'
import { withValues } from './with-values.ts'

/** How long the first load waits for values, and how long a change does: milliseconds. */
export interface Patience {
  readonly load: number
  /** Well below the time after which a silent worker is replaced. */
  readonly change: number
}
const PATIENCE: Patience = { load: 12_000, change: 1000 }
/** Once a vault has let a change wait in vain, the next changes do not wait for it, for this many milliseconds. */
const IMPATIENT_MS = 5000

export interface SecretFilterOptions {
  readonly policies: readonly AnyPolicy[]
  readonly secrets: Secrets
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since the epoch. */
  readonly now: () => number
  /** A reference that leads nowhere, or whose value does not fit where it stands. Never with the value. */
  readonly tell: (reference: string, problem: string) => void
  readonly patience?: Patience
}

type Referring = Extract<Change, { op: 'put'; kind: 'use' | 'credential' | 'certificate' }>

/** A record with references, as it was written, and the values that it holds. */
interface HeldRecord {
  readonly change: Referring
  readonly references: readonly { readonly reference: FieldReference; readonly secret: HeldSecret | string }[]
  /** True while the record stands in the snapshot with values that fit. */
  served: boolean
}

/** A record with its values in place, or why it can't be: `unfit` when it has values, but they are of no use there. */
type Resolved =
  | { readonly kind: 'good'; readonly change: Change }
  | { readonly kind: 'unresolved' | 'unfit'; readonly reference: string; readonly problem: string }

/**
 * Stands between a source and its snapshot: changes come in with references to secrets as they were written, and go on
 * with values. When a value becomes another one, the records that hold it go on again; nothing else is touched.
 *
 * A record without a value fails closed: a use can't compile, a credential is not there, a certificate is not shown.
 */
export class SecretFilter implements ChangeTaker {
  readonly #target: ChangeTaker
  readonly #options: SecretFilterOptions
  readonly #patience: Patience
  #entities: ReadonlyMap<string, EntityDefinition> = new Map()
  #policies: ReadonlyMap<string, AnyPolicy> = new Map()
  readonly #vaults = new Map<string, VaultSpec>()
  /** Names of vaults that mean something else since records were looked at last. */
  readonly #changedNames = new Set<string>()
  readonly #records = new Map<string, HeldRecord>()
  /** Values asked for ahead of a change, until it is made. */
  #prepared: HeldSecret[] = []
  #impatientUntil = 0

  constructor(target: ChangeTaker, options: SecretFilterOptions) {
    this.#target = target
    this.#options = options
    this.#patience = options.patience ?? PATIENCE
    this.takePolicies(options.policies)
  }

  /** From now on these are the policies there are. */
  takePolicies(policies: readonly AnyPolicy[]): void {
    this.#policies = new Map(policies.map((policy) => [policy.name, policy]))
    this.#entities = new Map(policies.flatMap((policy) => policy.entities ?? []).map((each) => [each.kind, each]))
  }

  /** Asks for the values that the changes need. @returns when they are there, or have let wait too long; null: at once. */
  prepare(changes: readonly Change[]): Promise<void> | null {
    this.#takeVaults(changes)
    const needed = changes.filter(isReferring).map((change) => change.value.references!)
    for (const { change } of this.#usersOfChangedVaults()) needed.push(change.value.references!)
    if (needed.length === 0) return null
    for (const { text } of needed.flat()) {
      const secret = this.#hold(text, () => {})
      if (typeof secret !== 'string') this.#prepared.push(secret)
    }
    const readings = this.#prepared.flatMap(({ firstReading }) => firstReading ?? [])
    if (readings.length === 0 || this.#options.now() < this.#impatientUntil) return null
    return atMost(Promise.all(readings), this.#patience.change).then((inTime) => {
      if (!inTime) this.#impatientUntil = this.#options.now() + IMPATIENT_MS
    })
  }

  apply(changes: readonly Change[]): void {
    this.#takeVaults(changes)
    const users = this.#usersOfChangedVaults()
    this.#changedNames.clear()
    this.#target.apply(this.#resolved(changes))
    // A changed vault changes what its references mean. Records that came with it have been looked at just now.
    const again = users.filter((record) => this.#records.get(keyOf(record.change)) === record)
    if (again.length > 0) this.#target.apply(this.#resolved(again.map(({ change }) => change)))
    this.#letGoOfPrepared()
  }

  replace(changes: readonly Change[]): void {
    const before = [...this.#records.values()]
    this.#records.clear()
    this.#vaults.clear()
    this.#takeVaults(changes)
    this.#changedNames.clear()
    this.#target.replace(this.#resolved(changes))
    for (const record of before) releaseAll(record)
    this.#letGoOfPrepared()
  }

  /** Waits, within bounds, until every value that is held has been asked for once. */
  async settle(): Promise<void> {
    const held = [...this.#records.values()].flatMap(({ references }) => references)
    const readings = held.flatMap(({ secret }) => (typeof secret === 'string' ? [] : (secret.firstReading ?? [])))
    if (readings.length > 0) await atMost(Promise.all(readings), this.#patience.load)
  }

  #takeVaults(changes: readonly Change[]): void {
    const names = this.#changedNames
    for (const change of changes) {
      if (change.kind !== 'vault') continue
      const id = change.op === 'put' ? change.value.id : change.id
      const before = this.#vaults.get(id)
      if (before !== undefined) names.add(before.prefix)
      if (change.op === 'put') {
        names.add(change.value.prefix)
        this.#vaults.set(id, change.value)
      } else this.#vaults.delete(id)
    }
  }

  #usersOfChangedVaults(): HeldRecord[] {
    const names = this.#changedNames
    if (names.size === 0) return []
    return [...this.#records.values()].filter(({ references }) =>
      references.some(({ reference }) => {
        const parsed = parseReference(reference.text)
        return 'vault' in parsed && names.has(parsed.vault)
      }),
    )
  }

  #resolved(changes: readonly Change[]): Change[] {
    const out: Change[] = []
    for (const change of changes) {
      if (change.kind === 'vault') continue
      const before = this.#records.size === 0 ? undefined : this.#records.get(keyOf(change))
      if (before !== undefined) this.#records.delete(keyOf(change))
      if (isReferring(change)) out.push(this.#take(change))
      else out.push(change)
      // Only now: a value that both hold must not be forgotten in between.
      if (before !== undefined) releaseAll(before)
    }
    return out
  }

  #take(change: Referring): Change {
    const key = keyOf(change)
    const references = change.value.references!.map((reference) => {
      return { reference, secret: this.#hold(reference.text, () => this.#valueChanged(key)) }
    })
    const record: HeldRecord = { change, references, served: false }
    this.#records.set(key, record)
    const resolved = this.#resolve(record)
    if (resolved.kind === 'good') {
      record.served = true
      return resolved.change
    }
    const isAwaited = references.some(({ secret }) => typeof secret !== 'string' && secret.firstReading !== null)
    if (!isAwaited) this.#tell(resolved)
    return closed(change, resolved)
  }

  #valueChanged(key: string): void {
    const record = this.#records.get(key)
    if (record === undefined) return
    const resolved = this.#resolve(record)
    if (resolved.kind === 'good') {
      record.served = true
      this.#target.apply([resolved.change])
      return
    }
    if (resolved.kind === 'unfit') this.#tell(resolved)
    // A certificate and its key change one after the other: until both have, the old pair is the last good one.
    if (resolved.kind === 'unfit' && record.served) return
    record.served = false
    this.#target.apply([closed(record.change, resolved)])
  }

  #letGoOfPrepared(): void {
    for (const secret of this.#prepared) secret.release()
    this.#prepared = []
  }

  /** A value that is kept from now on, or why there can be none. */
  #hold(text: string, changed: () => void): HeldSecret | string {
    const reference = parseReference(text)
    if ('problem' in reference) return reference.problem
    const known = [...this.#vaults.values()].find(({ prefix }) => prefix === reference.vault)
    const place = placeNamed(reference, known, this.#options.env)
    if ('problem' in place) return place.problem
    const { resource, key, version } = reference
    return this.#options.secrets.hold(text, place, { resource, key, version }, changed)
  }

  #resolve({ change, references }: HeldRecord): Resolved {
    for (const { reference, secret } of references) {
      if (typeof secret !== 'string' && secret.value !== null) continue
      const problem = typeof secret === 'string' ? secret : (secret.problem ?? 'its value is not known yet')
      return { kind: 'unresolved', reference: reference.text, problem }
    }
    const values = references.map(({ reference, secret }) => {
      return { path: reference.path, value: (secret as HeldSecret).value! }
    })
    const { references: _, ...record } = withValues<Referring['value']>(change.value, values)
    const filled = { ...change, value: record } as Referring
    const good = this.#fitting(filled, change.value.references!)
    if (good !== null) return { kind: 'good', change: good }
    const [first] = references
    return { kind: 'unfit', reference: first!.reference.text, problem: `its value does not fit ${placeText(change)}` }
  }

  /** The record as it can be served; null when a value is none that may stand there. */
  #fitting(change: Referring, references: readonly FieldReference[]): Change | null {
    switch (change.kind) {
      case 'use':
        return this.#fits(change.value) ? change : null
      case 'credential': {
        const value = this.#preparedCredential(change.value, references)
        return value === null ? null : { ...change, value }
      }
      case 'certificate':
        return isPair(change.value) ? change : null
    }
  }

  #fits({ policy: name, config }: PolicyUse): boolean {
    const policy = this.#policies.get(name)
    // One that nobody knows can't compile: its routes are closed for that reason.
    if (policy === undefined) return true
    const parsed = policy.config.safeParse(config)
    return parsed.success && Object.keys(policy.check?.(parsed.data) ?? {}).length === 0
  }

  /** As it would be stored had the value been written there: a password is kept as its hash only. */
  #preparedCredential(spec: CredentialSpec, references: readonly FieldReference[]): CredentialSpec | null {
    const definition = this.#entities.get(spec.kind)
    if (definition === undefined) return spec
    if (Object.keys(definition.check?.({ ...spec.fields }) ?? {}).length > 0) return null
    const prepared = definition.prepare?.({ ...spec.fields }, spec.consumerId ?? '') ?? spec.fields
    const fields: Record<string, unknown> = { ...spec.fields }
    for (const { path } of references) {
      const name = path[0] === 'fields' ? String(path[1]) : null
      if (name !== null) fields[name] = prepared[name]
    }
    return { ...spec, fields }
  }

  #tell({ reference, problem }: { readonly reference: string; readonly problem: string }): void {
    this.#options.tell(shownReference(reference), problem)
  }
}

/** What stands for a record whose values are missing. */
function closed(change: Referring, { reference, problem }: { reference: string; problem: string }): Change {
  if (change.kind !== 'use') return { op: 'delete', kind: change.kind, id: change.value.id }
  const unresolved = `the reference ${shownReference(reference)} has no value: ${problem}`
  return { ...change, value: { ...change.value, unresolved } }
}

function isPair({ cert, key }: CertificateSpec): boolean {
  try {
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

function isReferring(change: Change): change is Referring {
  return change.op === 'put' && 'references' in change.value && change.value.references !== undefined
}

function keyOf(change: Change): string {
  return `${change.kind} ${change.op === 'put' ? change.value.id : change.id}`
}

function placeText({ kind, value }: Referring): string {
  return kind === 'use' ? `the policy use ${value.id} (${value.policy})` : `the ${kind} ${value.id}`
}

function releaseAll({ references }: HeldRecord): void {
  for (const { secret } of references) if (typeof secret !== 'string') secret.release()
}

/** @returns whether the work was done in time. It goes on in any case. */
async function atMost(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, ms, false)
  })
  try {
    return await Promise.race([work.then(() => true as const), late])
  } finally {
    clearTimeout(timer)
  }
}
