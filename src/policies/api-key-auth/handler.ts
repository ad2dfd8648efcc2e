import { createHash } from 'node:crypto'
import { encodedHeaderValue } from '../../base/header-value.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { placeOf } from './places.ts'
import { type Config, check, config, DEFAULT_SOURCE } from './schema.ts'

const reasons = {
  failed: { code: 'api-key-rejected', status: 401, message: 'Client authentication failed.' },
} as const
const failed = denied(reasons.failed)

/** Keys are compared by their digests: how long that takes tells nothing of how much of a key was right. */
function digest(key: string, encoding: 'utf8' | 'latin1'): string {
  return createHash('sha256').update(key, encoding).digest('base64')
}

export const apiKeyAuth = definePolicy({
  name: 'api-key-auth',
  phase: 'identify',
  summary: 'Let in whoever shows one of the keys that are listed here.',
  config,
  check,
  reasons,
  consumerScope: false,
  // configurations come here as they were written too, where defaults may not be filled in
  identityHeaders: ({ clientIdHeader }) => (clientIdHeader ? [clientIdHeader.toLowerCase()] : []),
  credentialNames: ({ sources = [DEFAULT_SOURCE] }: Partial<Config>) => ({
    headers: sources.flatMap(({ header }) => (header ? [header.toLowerCase()] : [])),
    query: sources.flatMap(({ header, query }) => (!header && query ? [query] : [])),
  }),
  compile({ credentials, sources, forwardCredential, clientIdHeader }) {
    const clients = new Map(
      credentials.map(({ key, client }) => [digest(key, 'utf8'), encodedHeaderValue(client)] as const),
    )
    const places = sources.map(placeOf)
    const idHeader = clientIdHeader?.toLowerCase() ?? null

    return {
      request: function identifyClient(exchange) {
        for (const place of places) {
          const key = place.find(exchange)
          if (key === undefined || key === '') continue
          const client = clients.get(digest(key, 'latin1'))
          if (client === undefined) return failed
          if (!forwardCredential) for (const each of places) each.hide(exchange)
          if (idHeader !== null) exchange.setHeader(idHeader, client)
          return next
        }
        return failed
      },
    }
  },
})
