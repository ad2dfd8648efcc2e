import { randomBytes, randomUUID } from 'node:crypto'
import { headerValue } from '../../base/header-value.ts'
import type { Exchange } from '../../policy/exchange.ts'
import type { Identity } from '../../policy/identity.ts'
import { definePolicy } from '../../policy/policy.ts'
import { abstain, answered, denied, identified } from '../../policy/verdict.ts'
import { type SessionCookie, sessionCookies } from './cookies.ts'
import { CredentialBindings } from './credential-binding.ts'
import { logoutDetector } from './logout.ts'
import { check, config, sessions } from './schema.ts'
import { Seal } from './seal.ts'
import { sealedSessions } from './sealed-sessions.ts'
import { type Session, used } from './session.ts'
import { sessionHeaders } from './session-headers.ts'
import type { Held } from './session-storage.ts'
import { StoredSessions } from './stored-sessions.ts'

const BODY_BYTES = 64 * 1024
const AUTHENTICATED_GROUPS = 'X-Authenticated-Groups'

const reasons = {
  notEnded: { code: 'session-not-ended', status: 503, message: 'The session could not be ended; try again' },
} as const

/** What the request step leaves for the end of the chain. */
type Found =
  | { readonly kind: 'open'; readonly held: Held; readonly cookie: SessionCookie }
  /** What it stood on is gone. */
  | { readonly kind: 'revoked' }
  | { readonly kind: 'ended' }

export const session = definePolicy({
  name: 'session',
  phase: 'identify',
  summary: 'Remember in a cookie who was identified, so that browsers need not prove it each time.',
  config,
  check,
  reasons,
  entities: [sessions],
  consumerScope: false,
  identityHeaders: () => [AUTHENTICATED_GROUPS],
  needs: { body: ({ read_body_for_logout }) => (read_body_for_logout ? BODY_BYTES : 0) },
  compile(given, { directory, registry, entities, clock, useId }) {
    // Without a secret of its own a use has one until the gateway ends; a recompile must not log everybody out.
    const made = () => randomBytes(32).toString('base64url')
    const secret = given.secret ?? registry.get(`session:${useId}:secret`, made)
    const cookies = sessionCookies(given, (name) => {
      if (given.storage === 'cookie') return sealedSessions(new Seal(secret, given.audience, name))
      const seal = new Seal(secret, given.audience, name, 'row')
      return new StoredSessions(directory, entities, seal, given.stale_ttl, clock)
    })
    const both = cookies.remember === null ? [cookies.session] : [cookies.session, cookies.remember]
    const forgetting = both.map((cookie): [string, string] => ['Set-Cookie', cookie.forget()])
    const loggedOut = answered({ status: 200, headers: forgetting, body: '' })
    const notEnded = denied(reasons.notEnded)
    const isLogout = logoutDetector(given)
    const bindings = new CredentialBindings(directory)
    const requestHeaders = sessionHeaders(given.request_headers, given)
    const responseHeaders = sessionHeaders(given.response_headers, given)
    const found = new WeakMap<Exchange, Found>()

    function open(exchange: Exchange, now: number): Extract<Found, { kind: 'open' }> | null {
      for (const cookie of both) {
        const held = cookie.read(exchange, now)
        if (held !== null) return { kind: 'open', held, cookie }
      }
      return null
    }

    /** True when all that the request brought are ended. */
    function end(exchange: Exchange, now: number): boolean | Promise<boolean> {
      const ends = both.map((cookie) => cookie.end(exchange, now))
      return ends.some((each) => each instanceof Promise)
        ? Promise.all(ends).then((all) => all.every(Boolean))
        : ends.every(Boolean)
    }

    /** The cookies to keep after which the caller holds `current`. */
    function* kept(before: Extract<Found, { kind: 'open' }> | null, current: Session, now: number) {
      if (before === null || current !== before.held.session) {
        for (const cookie of both) yield cookie.keep(current, before?.cookie === cookie ? before.held : null, now)
        return
      }
      const { cookie, held } = before
      const next = used(current, cookie.timeouts, now)
      if (next !== current) yield cookie.keep(next, held, now)
      // remembered from longer ago: the browser has no session of today yet
      if (cookie !== cookies.session) {
        yield cookies.session.keep({ ...current, id: randomUUID(), ...startingAt(now) }, null, now)
      }
    }

    /** The session that should be held after this request: the one it came with, another, or none. */
    function sessionFor({ principal }: Exchange, held: Session | null, now: number): Session | null {
      const { current } = principal
      if (current === null || current.anonymous || current.consumer === null || current.credential === null) return null
      const { consumer, credential } = current
      if (held !== null && held.consumerId === consumer.id && held.credentialId === credential.id) return held
      return newSession(current, consumer.id, credential.id, now)
    }
    function newSession(current: Identity, consumerId: string, credentialId: string, now: number): Session {
      const { groups } = current
      const bound = bindings.of(current)
      return { id: randomUUID(), consumerId, credentialId, bindings: bound, groups, ...startingAt(now) }
    }

    return {
      request: function openSession(exchange) {
        const now = Math.floor(exchange.now / 1000)
        const opened = open(exchange, now)
        if (opened === null) return abstain
        if (isLogout(exchange)) {
          found.set(exchange, { kind: 'ended' })
          const ended = end(exchange, now)
          if (ended instanceof Promise) return ended.then((isOver) => (isOver ? loggedOut : notEnded))
          return loggedOut
        }
        const { session: held } = opened.held
        const consumer = directory.consumer(held.consumerId)
        const credential = bindings.held(held.bindings, held.consumerId)
        if (consumer === null || credential === undefined) {
          found.set(exchange, { kind: 'revoked' })
          for (const [name, value] of forgetting) exchange.addResponseHeader(name, value)
          return abstain
        }
        found.set(exchange, opened)
        if (held.groups !== null) exchange.setHeader(AUTHENTICATED_GROUPS, groupsHeader(held.groups))
        for (const [name, value] of requestHeaders(held, opened.cookie.timeouts, now)) exchange.setHeader(name, value)
        return identified({
          policy: 'session',
          consumer,
          credential: {
            ...{ id: held.credentialId, identifier: held.credentialId },
            ...(credential !== null && { stamp: credential.stamp }),
          },
          claims: null,
          groups: held.groups,
          scopes: null,
          anonymous: false,
        })
      },

      /** Keeps what other policies found out, also when a later one refused. */
      conclude: function keepSession(exchange) {
        const before = found.get(exchange)
        if (before?.kind === 'ended') return undefined
        const now = Math.floor(exchange.now / 1000)
        const opened = before?.kind === 'open' ? before : null
        const current = sessionFor(exchange, opened?.held.session ?? null, now)
        const work = [
          ...(before?.kind === 'revoked' ? [end(exchange, now)] : []),
          ...(current === null ? [] : kept(opened, current, now)),
        ]
        const tell = (done: readonly (string | null | boolean)[]) => {
          for (const cookie of done) if (typeof cookie === 'string') exchange.addResponseHeader('Set-Cookie', cookie)
          if (current === null) return
          for (const [name, value] of responseHeaders(current, cookies.session.timeouts, now)) {
            exchange.setResponseHeader(name, value)
          }
        }
        if (work.some((each) => each instanceof Promise)) return Promise.all(work).then(tell)
        return tell(work as (string | null | boolean)[])
      },
    }
  },
})

const startingAt = (now: number) => ({ createdAt: now, renewedAt: now, usedAt: now })

/** Names joined as `acl` joins them; one that can't stand in a header is left out. */
function groupsHeader(groups: readonly string[]): string {
  return groups
    .map(headerValue)
    .filter((group) => group !== null)
    .join(', ')
}
