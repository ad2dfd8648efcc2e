import { quotedString } from '../../base/quoted-string.ts'
import { wireText } from '../../base/wire-text.ts'
import { type BodyFields, type FoundField, notText, several } from '../../policy/body/body-field.ts'
import { bodyFields } from '../../policy/body/body-fields.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { IdentityMemo } from '../../policy/identity-memo.ts'
import { definePolicy } from '../../policy/policy.ts'
import { abstain, denied } from '../../policy/verdict.ts'
import { config, keyauthCredentials } from './schema.ts'

const reasons = {
  missing: { code: 'key-missing', status: 401, message: 'No API key found in request' },
  several: { code: 'key-several', status: 401, message: 'Duplicate API key found' },
  unknown: { code: 'key-unknown', status: 401, message: 'Unauthorized' },
} as const

/** The most of a body that is searched. */
const BODY_BYTES = 1024 * 1024

export const keyAuth = definePolicy({
  name: 'key-auth',
  phase: 'identify',
  summary: 'Identify a consumer by an API key.',
  config,
  reasons,
  entities: [keyauthCredentials],
  consumerScope: false,
  needs: { body: ({ key_in_body }) => (key_in_body ? BODY_BYTES : 0) },
  credentialNames: ({ key_names }) => ({ headers: key_names.flatMap(headerSpellings), query: key_names }),
  compile(given, { directory, registry }) {
    const { hide_credentials: hide, key_in_header, key_in_query, key_in_body, run_on_preflight } = given
    const challenge = given.realm === null ? 'Key' : `Key realm=${quotedString(given.realm)}`
    const missing = denied(reasons.missing, { challenge })
    const severalKeys = denied(reasons.several, { challenge })
    const unknown = denied(reasons.unknown, { challenge })
    const memo = IdentityMemo.of(registry, 'key-auth', directory)
    const places = given.key_names.map((name) => ({ name, headers: headerSpellings(name) }))

    function find(
      exchange: Exchange,
      name: string,
      headers: readonly string[],
      body: () => BodyFields | null,
    ): FoundField {
      const inHeader = key_in_header ? valueAmongHeaders(exchange, headers) : undefined
      if (inHeader !== undefined) return inHeader
      const inQuery = key_in_query && exchange.query !== '' ? valueInQuery(exchange, name) : undefined
      if (inQuery !== undefined) return inQuery
      return key_in_body ? body()?.find(name) : undefined
    }

    /** Also of keys that turn out bad or too many: by `anonymous` they may still get to the service. */
    function hideKey(
      exchange: Exchange,
      name: string,
      headers: readonly string[],
      body: () => BodyFields | null,
    ): void {
      for (const header of headers) exchange.dropHeader(header)
      exchange.dropQuery(name)
      const rest = key_in_body ? body()?.without(name) : null
      if (rest) exchange.replaceBody(rest)
    }

    return {
      request: function identifyByKey(exchange) {
        if (!run_on_preflight && exchange.method === 'OPTIONS') return abstain
        let parsed: BodyFields | null | undefined
        const body = () => (parsed ??= bodyFields(exchange.header('content-type'), exchange.body()))

        for (const { name, headers } of places) {
          const key = find(exchange, name, headers, body)
          if (key === undefined || key === notText) continue
          if (hide) hideKey(exchange, name, headers, body)
          if (key === several) return severalKeys
          if (key === '') return missing
          const credential = directory.credential(keyauthCredentials.kind, key)
          const consumer = credential?.consumer
          if (!credential || !consumer) return unknown
          return memo.identified(credential, consumer, () => ({
            policy: 'key-auth',
            consumer,
            // Never the key itself: a service is told which credential it was, not how to be it.
            credential: { id: credential.id, identifier: credential.id, stamp: credential.stamp },
            claims: null,
            groups: null,
            scopes: null,
            anonymous: false,
          }))
        }
        return missing
      },
    }
  },
})

/** A configured `api_key` also means the header `api-key`: nginx, and so Kong, folds the two. */
function headerSpellings(name: string): readonly string[] {
  const lower = name.toLowerCase()
  return lower.includes('_') ? [lower, lower.replaceAll('_', '-')] : [lower]
}

function valueAmongHeaders(exchange: Exchange, spellings: readonly string[]): FoundField {
  for (const header of spellings) {
    const value = exchange.header(header)
    if (value === undefined) continue
    return exchange.headerValues(header).length > 1 ? several : (wireText(value) ?? NO_TEXT)
  }
  return undefined
}

function valueInQuery(exchange: Exchange, name: string): FoundField {
  const values = exchange.queryValues(name)
  if (values.length > 1) return several
  const [value] = values
  return value === undefined ? undefined : value === true ? notText : (wireText(value) ?? NO_TEXT)
}

/** Stands for bytes that are not UTF-8: a key that was given and that nobody has. */
const NO_TEXT = '\ufffe'
