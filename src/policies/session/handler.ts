import { randomBytes, randomUUID } from 'node:crypto'
import { headerValue } from '../../base/header-value.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { definePolicy } from '../../policy/policy.ts'
import { abstain, answered, identified } from '../../policy/verdict.ts'
import { type SessionCookie, sessionCookies } from './cookies.ts'
import { logoutDetector } from './logout.ts'
import { check, config } from './schema.ts'
import { type Session, used } from './session.ts'
import { sessionHeaders } from './session-headers.ts'

const BODY_BYTES = 64 * 1024
const AUTHENTICATED_GROUPS = 'X-Authenticated-Groups'

/** What the request step leaves for the response step. */
type Found =
  | { readonly kind: 'open'; readonly session: Session; readonly cookie: SessionCookie }
  | { readonly kind: 'ended' }

export const session = definePolicy({
  name: 'session',
  phase: 'identify',
  summary: 'Remember in a cookie who was identified, so that browsers need not prove it each time.',
  config,
  check,
  reasons: {},
  consumerScope: false,
  identityHeaders: () => [AUTHENTICATED_GROUPS],
  needs: { body: ({ read_body_for_logout }) => (read_body_for_logout ? BODY_BYTES : 0) },
  compile(given, { directory, registry, useId }) {
    // Without a secret of its own a use has one until the gateway ends; a recompile must not log everybody out.
    const made = () => randomBytes(32).toString('base64url')
    const secret = given.secret ?? registry.get(`session:${useId}:secret`, made)
    const cookies = sessionCookies(given, secret)
    const both = cookies.remember === null ? [cookies.session] : [cookies.session, cookies.remember]
    const forgetting = both.map((cookie): [string, string] => ['Set-Cookie', cookie.forget()])
    const isLogout = logoutDetector(given)
    const requestHeaders = sessionHeaders(given.request_headers, given)
    const responseHeaders = sessionHeaders(given.response_headers, given)
    const found = new WeakMap<Exchange, Found>()

    function open(exchange: Exchange, now: number): Found | null {
      for (const cookie of both) {
        const held = cookie.read(exchange, now)
        if (held !== null) return { kind: 'open', session: held, cookie }
      }
      return null
    }

    /** The Set-Cookie values after which the caller holds `current`. */
    function kept(before: Extract<Found, { kind: 'open' }> | null, current: Session, now: number): string[] {
      if (before === null || current !== before.session) return both.map((cookie) => cookie.keep(current))
      const { cookie } = before
      const next = used(current, cookie.timeouts, now)
      const values = next === current ? [] : [cookie.keep(next)]
      // remembered from longer ago: the browser has no session of today yet
      if (cookie !== cookies.session) values.push(cookies.session.keep({ ...current, ...startingAt(now) }))
      return values
    }

    return {
      request: function openSession(exchange) {
        const now = Math.floor(exchange.now / 1000)
        const opened = open(exchange, now)
        if (opened?.kind !== 'open') return abstain
        if (isLogout(exchange)) {
          found.set(exchange, { kind: 'ended' })
          return answered({ status: 200, headers: forgetting, body: '' })
        }
        const held = opened.session
        const consumer = directory.consumer(held.consumerId)
        if (consumer === null) {
          for (const [name, value] of forgetting) exchange.addResponseHeader(name, value)
          return abstain
        }
        found.set(exchange, opened)
        if (held.groups !== null) exchange.setHeader(AUTHENTICATED_GROUPS, groupsHeader(held.groups))
        for (const [name, value] of requestHeaders(held, opened.cookie.timeouts, now)) exchange.setHeader(name, value)
        return identified({
          policy: 'session',
          consumer,
          credential: { id: held.credentialId, identifier: held.credentialId },
          claims: null,
          groups: held.groups,
          scopes: null,
          anonymous: false,
        })
      },
      /** Keeps what other policies found out, also when a later one refused. */
      response: function keepSession(exchange) {
        const before = found.get(exchange)
        if (before?.kind === 'ended') return
        const now = Math.floor(exchange.now / 1000)
        const current = sessionFor(exchange, before?.session ?? null, now)
        if (current === null) return
        for (const value of kept(before?.kind === 'open' ? before : null, current, now)) {
          exchange.addResponseHeader('Set-Cookie', value)
        }
        for (const [name, value] of responseHeaders(current, cookies.session.timeouts, now)) {
          exchange.setResponseHeader(name, value)
        }
      },
    }
  },
})

const startingAt = (now: number) => ({ createdAt: now, renewedAt: now, usedAt: now })

/** The session that should be held after this request: the one it came with, another, or none. */
function sessionFor(exchange: Exchange, held: Session | null, now: number): Session | null {
  const { current } = exchange.principal
  if (current === null || current.anonymous || current.consumer === null || current.credential === null) return null
  const { consumer, credential, groups } = current
  if (held !== null && held.consumerId === consumer.id && held.credentialId === credential.id) return held
  return { id: randomUUID(), consumerId: consumer.id, credentialId: credential.id, groups, ...startingAt(now) }
}

/** Names joined as `acl` joins them; one that can't stand in a header is left out. */
function groupsHeader(groups: readonly string[]): string {
  return groups
    .map(headerValue)
    .filter((group) => group !== null)
    .join(', ')
}
