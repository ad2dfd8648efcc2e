import type { Chain } from '../route.ts'

/**
 * The chain of a request that changed its route on the way: what has run of the old one, and behind it all of the new one
 * that has not. So whatever stood before the change on the new route runs too: no policy of it is left out.
 *
 * @param ran how many slots of the old chain have run.
 */
export function continued(old: Chain, ran: number, next: Chain): Chain {
  const before = old.slots.slice(0, ran)
  const known = new Set(before.map(({ use }) => use?.id))
  return {
    slots: [...before, ...next.slots.filter(({ use }) => use === null || !known.has(use.id))],
    bodyBytes: next.bodyBytes,
    concludes: old.concludes || next.concludes,
    observesResponse: old.observesResponse || next.observesResponse,
    recordsExchange: old.recordsExchange || next.recordsExchange,
  }
}
