import { isRecord } from '../../resources/schema/prune.ts'

/** Who leads, as it stands in a Lease of the API server. */
export interface LeaseRecord {
  /** Empty when nobody does. */
  readonly holder: string
  /** How long a holder that says nothing more is still taken for one. Seconds. */
  readonly durationS: number
  /** As the holder's own clock said it: only ever compared with itself, since clocks differ. */
  readonly renewed: string
  readonly acquired: string
  /** How often it went from one to another. */
  readonly transitions: number
}

export interface HeldLease {
  readonly record: LeaseRecord
  /** What a write is based on. */
  readonly resourceVersion: string
  /** The whole object, so that a write loses nothing that others put there. */
  readonly written: Readonly<Record<string, unknown>>
}

export function leaseIn(value: unknown): HeldLease {
  const written = isRecord(value) ? value : {}
  const metadata = isRecord(written.metadata) ? written.metadata : {}
  const spec = isRecord(written.spec) ? written.spec : {}
  return {
    written,
    resourceVersion: text(metadata.resourceVersion),
    record: {
      holder: text(spec.holderIdentity),
      durationS: number(spec.leaseDurationSeconds),
      renewed: text(spec.renewTime),
      acquired: text(spec.acquireTime),
      transitions: number(spec.leaseTransitions),
    },
  }
}

/** @param base what stood there before, if it did. */
export function leaseOf(name: string, namespace: string, record: LeaseRecord, base: HeldLease | null): object {
  const metadata = base === null ? { name, namespace } : base.written.metadata
  return {
    ...base?.written,
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata,
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: record.durationS,
      renewTime: record.renewed,
      acquireTime: record.acquired,
      leaseTransitions: record.transitions,
    },
  }
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
