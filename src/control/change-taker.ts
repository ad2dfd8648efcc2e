import type { Change } from '../model/model.ts'

/** Where a source hands its changes: a snapshot, or what stands before one. */
export interface ChangeTaker {
  /** Gets ready for changes that are about to come; null when there is nothing to wait for. */
  prepare?(changes: readonly Change[]): Promise<void> | null
  /** Makes all the changes, in order, between two requests. */
  apply(changes: readonly Change[]): void
  /** Makes the changes and drops whatever they do not put. */
  replace(changes: readonly Change[]): void
  /** To be awaited after the first load, before anything is served. */
  settle?(): Promise<void>
}

/** Waits for what the changes need, then makes them. */
export async function applyPrepared(target: ChangeTaker, changes: readonly Change[]): Promise<void> {
  await target.prepare?.(changes)
  target.apply(changes)
}
