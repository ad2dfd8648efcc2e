import { createHmac, hash, timingSafeEqual } from 'node:crypto'
import { quotedString } from '../../base/quoted-string.ts'
import { wireText } from '../../base/wire-text.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { IdentityMemo } from '../../policy/identity-memo.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied } from '../../policy/verdict.ts'
import { httpDate } from './http-date.ts'
import { ALGORITHMS, config, hmacauthCredentials } from './schema.ts'
import { type GivenSignature, givenSignature } from './signature-header.ts'
import { signingString } from './signing-string.ts'

const UNVERIFIED = 'HMAC signature cannot be verified'
const reasons = {
  missing: { code: 'signature-missing', status: 401, message: 'Unauthorized' },
  date: {
    code: 'date-off',
    status: 401,
    message: `${UNVERIFIED}, a valid date or x-date header is required for HMAC Authentication`,
  },
  malformed: { code: 'signature-malformed', status: 401, message: UNVERIFIED },
  notSigned: { code: 'header-not-signed', status: 401, message: UNVERIFIED },
  algorithm: { code: 'algorithm-not-allowed', status: 401, message: UNVERIFIED },
  unknownUser: { code: 'user-unknown', status: 401, message: UNVERIFIED },
  wrong: { code: 'signature-wrong', status: 401, message: 'HMAC signature does not match' },
  digest: { code: 'digest-wrong', status: 401, message: 'HMAC signature does not match' },
} as const

/** Headers that may say when the request was made. */
const DATES = ['x-date', 'date'] as const

const BODY_BYTES = 8 * 1024 * 1024
const HASHES: ReadonlyMap<string, string> = new Map(ALGORITHMS.map((name) => [name, name.slice('hmac-'.length)]))
/** Signed with when the user is unknown, so that a name that exists can't be told by its time. */
const NOBODYS_SECRET = 'x'.repeat(32)

export const hmacAuth = definePolicy({
  name: 'hmac-auth',
  phase: 'identify',
  summary: 'Identify a consumer by a signature over parts of the request.',
  config,
  reasons,
  entities: [hmacauthCredentials],
  consumerScope: false,
  needs: { body: ({ validate_request_body }) => (validate_request_body ? BODY_BYTES : 0) },
  compile({ hide_credentials, clock_skew, validate_request_body, enforce_headers, algorithms, realm }, tools) {
    const { directory, registry } = tools
    const memo = IdentityMemo.of(registry, 'hmac-auth', directory)
    const challenge = realm === null ? 'hmac' : `hmac realm=${quotedString(realm)}`
    const refusals = {
      missing: denied(reasons.missing, { challenge }),
      date: denied(reasons.date, { challenge }),
      malformed: denied(reasons.malformed, { challenge }),
      notSigned: denied(reasons.notSigned, { challenge }),
      algorithm: denied(reasons.algorithm, { challenge }),
      unknownUser: denied(reasons.unknownUser, { challenge }),
      wrong: denied(reasons.wrong, { challenge }),
      digest: denied(reasons.digest, { challenge }),
    }
    const anyDateCounts = tools.exact.has('hmac-dates')
    const allowed: ReadonlySet<string> = new Set(algorithms)

    function isTimely(exchange: Exchange, header: string): boolean {
      const value = exchange.header(header)
      const date = value === undefined ? null : httpDate(value)
      return date !== null && Math.abs(Math.floor(exchange.now / 1000) - date) <= clock_skew
    }

    /**
     * Of two dates only those that were signed count: else an old request, its date signed, would be good for ever with
     * a fresh `X-Date` that anybody may add. Where none is signed (Kong leaves that to the caller), any does.
     */
    function isSignedDateTimely(exchange: Exchange, { signed }: GivenSignature): boolean {
      const dates = DATES.filter((date) => signed.some((name) => name.toLowerCase() === date))
      return dates.length === 0 || dates.some((date) => isTimely(exchange, date))
    }

    /** Proxy-Authorization where it can be read, else Authorization; and the text that was signed. */
    function signatureOf(exchange: Exchange): { given: GivenSignature; text: string } | null {
      const forProxy = givenSignature(exchange.header('proxy-authorization'))
      const given = forProxy ?? givenSignature(exchange.header('authorization'))
      // before the header is hidden: it may be among what was signed
      const text = given === null ? '' : signingString(exchange, given.signed)
      if (hide_credentials) exchange.dropHeader(forProxy === null ? 'authorization' : 'proxy-authorization')
      return given === null ? null : { given, text }
    }

    return {
      request: function identifyBySignature(exchange) {
        if (exchange.header('authorization') === undefined && exchange.header('proxy-authorization') === undefined) {
          return refusals.missing
        }
        if (!DATES.some((date) => isTimely(exchange, date))) return refusals.date
        const read = signatureOf(exchange)
        if (read === null) return refusals.malformed
        const { given, text } = read
        if (!anyDateCounts && !isSignedDateTimely(exchange, given)) return refusals.date
        if (!enforce_headers.every((name) => given.signed.includes(name))) return refusals.notSigned
        const algorithm = allowed.has(given.algorithm) ? HASHES.get(given.algorithm) : undefined
        if (algorithm === undefined) return refusals.algorithm

        const username = wireText(given.username)
        const credential = username === null ? null : directory.credential(hmacauthCredentials.kind, username)
        const consumer = credential?.consumer
        const secret = consumer ? String(credential!.fields['secret']) : NOBODYS_SECRET
        const matches = isSignature(given.signature, algorithm, secret, text)
        if (!credential || !consumer || username === null) return refusals.unknownUser
        if (!matches) return refusals.wrong
        if (validate_request_body && !isDigestOf(exchange.header('digest'), exchange.body())) return refusals.digest
        return memo.identified(credential, consumer, () => ({
          policy: 'hmac-auth',
          consumer,
          credential: { id: credential.id, identifier: username, stamp: credential.stamp },
          claims: null,
          groups: null,
          scopes: null,
          anonymous: false,
        }))
      },
    }
  },
})

/** In constant time: a signature must not be guessed byte by byte. */
function isSignature(given: string, algorithm: string, secret: string, text: string): boolean {
  const expected = Buffer.from(createHmac(algorithm, secret).update(text, 'latin1').digest('base64'))
  const bytes = Buffer.from(given, 'latin1')
  return bytes.length === expected.length && timingSafeEqual(bytes, expected)
}

/** @param body null when it was too large to be collected: then nothing can be said of it. */
function isDigestOf(digest: string | undefined, body: Uint8Array | null): boolean {
  if (body === null) return false
  if (digest === undefined) return body.length === 0
  return digest === `SHA-256=${hash('sha256', body, 'base64')}`
}
