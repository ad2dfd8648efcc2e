/**
 * A login on its way: to the identity provider, and back with a code (RFC 6749 §4.1 with PKCE, RFC 7636).
 *
 * What the gateway must remember meanwhile is in the browser: what it wanted, in `state`; a nonce that ties `state` to this
 * browser, and PKCE's verifier, in cookies. Each flow has an id, so that several tabs may log in at once.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Exchange } from '../../policy/exchange.ts'
import { requestTarget } from '../../policy/request-path.ts'
import { type HeaderSubstitution, headerSubstitution } from '../../policy/substitution/substitution.ts'
import { type Cookies, cookiePairs, isOfFlow } from './cookies.ts'
import type { Config } from './schema.ts'
import { isSame, type Sealer } from './sealer.ts'

/** How long a login may take. */
const FLOW_SECONDS = 600
/** How many logins one browser may have under way; the oldest are forgotten, or cookies would fill the head. */
const FLOWS = 6

/** Where to send a browser, and what it is to remember. */
export interface Redirect {
  readonly location: string
  readonly cookies: readonly string[]
}

/** What came back. */
export interface Returned {
  /** What the browser wanted in the first place. */
  readonly url: string
  readonly code: string
  readonly verifier: string
  /** Set-Cookie values that forget the flow. */
  readonly forgotten: readonly string[]
}

interface State {
  readonly url: string
  readonly flow: string
  readonly nonce: string
  /** Milliseconds since the epoch. */
  readonly at: number
}

export class LoginFlow {
  readonly #config: Config
  readonly #sealer: Sealer
  readonly #cookies: Cookies
  readonly #redirectUri: HeaderSubstitution

  constructor(config: Config, sealer: Sealer, cookies: Cookies) {
    this.#config = config
    this.#sealer = sealer
    this.#cookies = cookies
    this.#redirectUri = headerSubstitution(config.redirectUri)
  }

  redirectUri(exchange: Exchange): string {
    return this.#redirectUri(exchange, null)
  }

  begin(exchange: Exchange): Redirect {
    const { clientId, scopes, authorizationEndpoint, cookies } = this.#config
    const flow = `${exchange.now.toString(36)}-${randomBytes(6).toString('hex')}`
    const nonce = randomBytes(16).toString('base64url')
    const verifier = randomBytes(32).toString('base64url')
    const state: State = { url: originalUrl(exchange), flow, nonce, at: exchange.now }
    const { names } = cookies
    return {
      location: withArguments(authorizationEndpoint, {
        client_id: clientId,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        redirect_uri: this.redirectUri(exchange),
        response_type: 'code',
        scope: scopes.join(' '),
        state: this.#sealer.seal('state', JSON.stringify(state)),
      }),
      cookies: [
        ...this.#forgetOldest(exchange),
        this.#cookies.set(`${names.nonce}.${flow}`, nonce, FLOW_SECONDS),
        this.#cookies.set(
          `${names.codeVerifier}.${flow}`,
          this.#sealer.seal(`verifier ${flow}`, verifier),
          FLOW_SECONDS,
        ),
      ],
    }
  }

  /** Reads what the identity provider sent a browser back with. @returns why it is no login of this browser's, as text. */
  returned(exchange: Exchange): Returned | string {
    const [error] = exchange.queryValues('error')
    if (error !== undefined) return 'the identity provider refused'
    const [code] = exchange.queryValues('code')
    if (typeof code !== 'string' || code === '') return 'there is no code'
    const state = this.state(exchange)
    if (typeof state === 'string') return state
    const { names } = this.#config.cookies
    const sealed = exchange.cookie(`${names.codeVerifier}.${state.flow}`)
    const verifier = sealed === undefined ? null : this.#sealer.open(`verifier ${state.flow}`, sealed)
    if (verifier === null) return 'there is no code verifier'
    const forgotten = [names.nonce, names.codeVerifier].map((name) => this.#cookies.remove(`${name}.${state.flow}`))
    return { url: state.url, code, verifier, forgotten }
  }

  /** `state`, when it is of this browser and not too old. */
  state(exchange: Exchange): State | string {
    const [sealed] = exchange.queryValues('state')
    if (typeof sealed !== 'string') return 'there is no state'
    const text = this.#sealer.open('state', sealed)
    if (text === null) return 'the state was not made here'
    const state = JSON.parse(text) as State
    if (exchange.now - state.at > FLOW_SECONDS * 1000) return 'the login took too long'
    const nonce = exchange.cookie(`${this.#config.cookies.names.nonce}.${state.flow}`)
    if (nonce === undefined || !isSame(nonce, state.nonce)) return 'another browser began this login'
    return state
  }

  /** Flow ids begin with their time, so their order is their age. */
  #forgetOldest(exchange: Exchange): string[] {
    const { nonce, codeVerifier } = this.#config.cookies.names
    const names = cookiePairs(exchange).map(([name]) => name)
    const flows = names.filter((name) => name.startsWith(`${nonce}.`)).map((name) => name.slice(nonce.length + 1))
    const oldest = flows.sort().slice(0, Math.max(0, flows.length - (FLOWS - 1)))
    return oldest.flatMap((flow) =>
      [nonce, codeVerifier]
        .map((name) => `${name}.${flow}`)
        .filter((name) => isOfFlow(name, nonce) || names.includes(name))
        .map((name) => this.#cookies.remove(name)),
    )
  }
}

/** The address that was asked for. */
export function originalUrl(exchange: Exchange): string {
  return `${origin(exchange)}${requestTarget(exchange)}`
}

export function origin(exchange: Exchange): string {
  const said = exchange.peerTrusted ? exchange.header('x-forwarded-proto') : undefined
  return `${said === 'https' || said === 'http' ? said : exchange.scheme}://${exchange.host}`
}

/** An endpoint with further query arguments, sorted by name; those it has stay. */
export function withArguments(endpoint: string, added: Readonly<Record<string, string>>): string {
  const url = new URL(endpoint)
  const all = new Map(url.searchParams)
  for (const [name, value] of Object.entries(added)) all.set(name, value)
  url.search = [...all]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
  return url.href
}
