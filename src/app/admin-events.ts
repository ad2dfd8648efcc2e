import type { AuditedWrite } from '../admin/admin-api.ts'
import type { Log } from './settings.ts'

/** Refused calls are told of together, at most this often. Milliseconds. */
const TOGETHER_MS = 1000

/** The log of the Admin API: a line for every write, and one now and then for those who were not let in. */
export function adminEvents(log: Log): { written(write: AuditedWrite): void; refused(ip: string | null): void } {
  let refusals = 0
  return {
    written: (write) => log.info({ ...write }, 'a change was asked for by the Admin API'),
    refused(ip) {
      // Whoever may not change anything may not fill the disk either.
      if (refusals++ > 0) return
      setTimeout(() => {
        log.warn(
          { refusals, first: ip },
          'callers of the Admin API were refused: no token or certificate that is known',
        )
        refusals = 0
      }, TOGETHER_MS).unref()
    },
  }
}
