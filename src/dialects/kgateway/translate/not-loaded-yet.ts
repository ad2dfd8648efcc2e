import type { PutChange } from '../../../model/model.ts'
import { listedUse } from './output.ts'
import { everyRequest, PLAIN_ROUTE } from './plain-route.ts'

/**
 * What is served before anything was read: everybody is told to come again, and nobody gets anywhere.
 *
 * @param sockets the operator's own, beside `http` and `https`.
 */
export function notLoadedYet(sockets: Iterable<string>): readonly (PutChange<'route'> | PutChange<'use'>)[] {
  const use = listedUse('not-loaded-yet', 'direct-response', { status: 503 })
  const matches = ['http', 'https', ...new Set(sockets)].map((socket) => everyRequest(socket, null, 0))
  return [
    { op: 'put', kind: 'use', value: use },
    { op: 'put', kind: 'route', value: { ...PLAIN_ROUTE, id: 'not-loaded-yet', name: null, matches, uses: [use.id] } },
  ]
}
