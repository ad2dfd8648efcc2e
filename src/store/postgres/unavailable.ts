import { DatabaseError } from 'pg'
import { StoreUnavailable } from '../port.ts'

/** What the database says while it can't serve us (PostgreSQL, appendix A), in words; classes by two letters. */
const reasons: Readonly<Record<string, string>> = {
  '08': 'the connection broke',
  '53': 'the database has run out of a resource',
  '57P01': 'the database is shutting down',
  '57P02': 'the database crashed',
  '57P03': 'the database is not ready yet',
  '57P05': 'the connection was idle for too long',
  '25P03': 'the transaction was idle for too long',
  '57014': 'the database did not answer in time',
  '55P03': 'the database did not answer in time',
  '25006': 'the database takes no writes at present',
  '28': 'the database does not let this user in',
  '3D000': 'there is no such database',
}

/** What waiting will not mend: wrong user or password, no such database. */
const LASTING = /^(28|3D000)/

/** Puts what `pg` threw in the store's own words: unavailable where it is, else the error as it was. */
export function asStoreError(error: unknown): unknown {
  if (error instanceof DatabaseError && error.code !== undefined) {
    const words = reasons[error.code] ?? reasons[error.code.slice(0, 2)]
    return words === undefined ? error : new StoreUnavailable(`${words} (${error.message})`, { cause: error })
  }
  // Everything else that pg throws is about the connection: refused, reset, timed out, name not found.
  return new StoreUnavailable(`no connection to the database (${connectionReason(error)})`, { cause: error })
}

/** Whether the same might succeed a little later. */
export function mayPass(error: unknown): boolean {
  if (!(error instanceof StoreUnavailable)) return false
  const { cause } = error
  return !(cause instanceof DatabaseError && LASTING.test(cause.code ?? ''))
}

function connectionReason(error: unknown): string {
  // A name with several addresses fails with all of their errors, and no message of its own.
  if (error instanceof AggregateError) return error.errors.map(connectionReason).join('; ')
  return error instanceof Error ? error.message : String(error)
}
