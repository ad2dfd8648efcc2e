/**
 * Kong's `oauth2`: the gateway gives tokens to applications and takes them on every other request. The four grants and
 * the endpoints are in files of their own; here is what a use is made of.
 */
import { SecretChecks } from '../../identity/password/secret-checks.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { IdentityMemo } from '../../policy/identity-memo.ts'
import { definePolicy } from '../../policy/policy.ts'
import type { Answered, Denied } from '../../policy/verdict.ts'
import { authorize } from './authorize.ts'
import { TOKEN_PARAMETER } from './bearer-token.ts'
import { ClientSecrets } from './clients.ts'
import type { Flow } from './flow.ts'
import { identifyByToken, SCOPE, USER_ID } from './identify.ts'
import { introspect } from './introspect.ts'
import { reasons } from './reasons.ts'
import { challenges } from './refusals.ts'
import { check, clients, codes, config, tokens } from './schema.ts'
import { scopeRule } from './scopes.ts'
import { giveToken } from './token-endpoint.ts'

/** The most of a body in which parameters are looked for. */
const BODY_BYTES = 64 * 1024

/** Endpoints are the ends of paths, on every route that the policy stands on. */
const ENDPOINT = /\/oauth2\/(authorize|token|introspect)\/?$/

export const oauth2 = definePolicy({
  name: 'oauth2',
  phase: 'identify',
  summary: 'Give access tokens to applications (OAuth 2.0), and identify consumers by them.',
  config,
  check,
  reasons,
  entities: [clients, codes, tokens],
  consumerScope: false,
  needs: { body: () => BODY_BYTES },
  identityHeaders: () => [SCOPE, USER_ID],
  credentialNames: ({ auth_header_name, introspection }) => ({
    headers: [auth_header_name ?? 'authorization'],
    query: [TOKEN_PARAMETER, ...(introspection ? ['token'] : [])],
  }),
  compile(given, { directory, registry, entities, useId }) {
    const refusals = challenges(given.realm)
    const secrets = new ClientSecrets(
      registry.get('secret-checks', () => new SecretChecks()),
      entities,
    )
    const scopes = scopeRule(given.scopes, given.mandatory_scope)
    const flow: Flow = { config: given, directory, entities, secrets, scopes, useId }
    const endpoints: Readonly<Record<string, Endpoint>> = {
      authorize: { name: 'authorization', handle: authorize },
      token: { name: 'token', handle: giveToken },
      ...(given.introspection && { introspect: { name: 'introspection', handle: introspect } }),
    }

    return {
      endpoint: function serveOwnPath(exchange) {
        if (!exchange.path.includes('/oauth2/')) return null
        const endpoint = endpoints[ENDPOINT.exec(exchange.path)?.[1] ?? '']
        if (endpoint === undefined) return null
        if (exchange.method !== 'POST') return refusals.wrongMethod(exchange.method, endpoint.name)
        return endpoint.handle(flow, exchange)
      },
      request: identifyByToken(given, directory, IdentityMemo.of(registry, 'oauth2', directory), refusals),
    }
  },
})

interface Endpoint {
  readonly name: string
  handle(flow: Flow, exchange: Exchange): Promise<Answered | Denied>
}
