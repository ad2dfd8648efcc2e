import type { PutChange } from '../../../model/model.ts'
import { listedUse } from './output.ts'

/** What is served before anything was read: everybody is told to come again, and nobody gets anywhere. */
export function notLoadedYet(): readonly (PutChange<'route'> | PutChange<'use'>)[] {
  const use = listedUse('not-loaded-yet', 'direct-response', { status: 503 })
  const matches = ['http', 'https'].map((listener) => ({
    listener,
    host: null,
    path: { kind: 'prefix' as const, value: '' },
    method: null,
    headers: [],
    query: [],
    order: { rank: 0, tie: '' },
  }))
  return [
    { op: 'put', kind: 'use', value: use },
    {
      op: 'put',
      kind: 'route',
      value: {
        id: 'not-loaded-yet',
        name: null,
        serviceId: null,
        matches,
        uses: [use.id],
        protocols: ['http', 'https', 'grpc', 'grpcs'],
        httpsRedirectStatus: 426,
        stripPath: false,
        pathHandling: 'v0',
        preserveHost: true,
      },
    },
  ]
}
