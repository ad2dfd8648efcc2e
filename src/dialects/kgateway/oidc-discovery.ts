import { setTimeout as wait } from 'node:timers/promises'
import { boundedBytes } from '../../base/bounded-bytes.ts'
import type { Clock } from '../../base/clock.ts'
import type { Fetch } from '../../policy/policy.ts'
import type { Discovery, ProviderEndpoints } from './translate/discovery.ts'

/** As kgateway asks: 30 s an attempt, five attempts with growing waits between them, and again after five minutes. */
const ATTEMPT_MS = 30_000
const ATTEMPTS = 5
const FIRST_WAIT_MS = 100
const LONGEST_WAIT_MS = 5000
const GOOD_FOR_MS = 300_000
/** After all attempts have failed. */
const NEXT_TRY_MS = 30_000
const DOCUMENT_BYTES = 1024 * 1024

interface Known {
  answer: ProviderEndpoints | { readonly problem: string }
  /** When to ask again. */
  until: number
  asking: boolean
}

/** Asks OpenID providers for their configuration in the background. What was good stays while asking again fails. */
export class OidcDiscovery implements Discovery {
  readonly #known = new Map<string, Known>()
  readonly #fetch: Fetch
  readonly #clock: Clock
  readonly #changed: () => void
  readonly #closed = new AbortController()

  /** @param changed is called whenever an answer is another one than before. */
  constructor(fetch: Fetch, clock: Clock, changed: () => void) {
    this.#fetch = fetch
    this.#clock = clock
    this.#changed = changed
  }

  get(issuer: string): ProviderEndpoints | { readonly problem: string } {
    let known = this.#known.get(issuer)
    if (known === undefined) {
      known = { answer: { problem: `the OpenID configuration of ${issuer} is being fetched` }, until: 0, asking: false }
      this.#known.set(issuer, known)
    }
    if (!known.asking && this.#clock.now() >= known.until) void this.#ask(issuer, known)
    return known.answer
  }

  close(): void {
    this.#closed.abort()
  }

  async #ask(issuer: string, known: Known): Promise<void> {
    known.asking = true
    const before = JSON.stringify(known.answer)
    let problem = ''
    for (let attempt = 0; attempt < ATTEMPTS && !this.#closed.signal.aborted; attempt++) {
      try {
        known.answer = await this.#fetched(issuer)
        problem = ''
        break
      } catch (error) {
        problem = `the OpenID configuration of ${issuer} can't be had: ${(error as Error).message}`
        const longest = Math.min(FIRST_WAIT_MS * 2 ** attempt, LONGEST_WAIT_MS)
        await wait(longest, undefined, { signal: this.#closed.signal, ref: false }).catch(() => {})
      }
    }
    if (problem !== '' && 'problem' in known.answer) known.answer = { problem }
    known.until = this.#clock.now() + (problem === '' ? GOOD_FOR_MS : NEXT_TRY_MS)
    known.asking = false
    if (this.#closed.signal.aborted) return
    if (JSON.stringify(known.answer) !== before) this.#changed()
  }

  async #fetched(issuer: string): Promise<ProviderEndpoints> {
    const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
    const signal = AbortSignal.any([AbortSignal.timeout(ATTEMPT_MS), this.#closed.signal])
    const response = await this.#fetch(url, { signal, redirect: 'error' })
    if (response.status !== 200) throw new Error(`status ${response.status}`)
    const document = JSON.parse(String(await boundedBytes(response.body, DOCUMENT_BYTES))) as Readonly<
      Record<string, unknown>
    >
    // OpenID Connect Discovery 1.0 §4.3: somebody else's document would send browsers and secrets elsewhere
    if (document['issuer'] !== issuer) throw new Error('the document is of another issuer')
    const url1 = (name: string): string | null => {
      const value = document[name]
      return typeof value === 'string' && URL.canParse(value) ? value : null
    }
    return {
      authorizationEndpoint: url1('authorization_endpoint'),
      tokenEndpoint: url1('token_endpoint'),
      endSessionEndpoint: url1('end_session_endpoint'),
      jwksUri: url1('jwks_uri'),
    }
  }
}
