/**
 * Envoy's `jwt_authn` as kgateway configures it: tokens of identity providers, checked by the keys that those publish.
 *
 * A request: find its tokens; read each, or recognise it by its SHA-256 as one that was good before; ask the providers that
 * a token may concern; then take the token out, put claims into headers, and leave them to later policies.
 */
import { hash } from 'node:crypto'
import { VerifiedTokenCache } from '../../identity/verified-token-cache.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { addMetadata } from '../../policy/metadata.ts'
import { definePolicy } from '../../policy/policy.ts'
import type { Reason } from '../../policy/reason.ts'
import { abstain, type Verdict } from '../../policy/verdict.ts'
import { type Effect, Evaluation, type Judgement } from './evaluation.ts'
import { keySources } from './key-sources.ts'
import { KnownToken } from './known-token.ts'
import { OriginalTokens } from './original-tokens.ts'
import { type FoundToken, withoutArgument } from './places.ts'
import { compileProviders, ProviderIndex } from './providers.ts'
import { reasons } from './reasons.ts'
import { refused } from './refusals.ts'
import { check, config, credentialNames, identityHeaders, startsAtOnce } from './schema.ts'
import { tokenReader } from './token.ts'

/** Where later policies find the claims. The name is Envoy's. */
const METADATA = 'envoy.filters.http.jwt_authn'

export const jwtAuthn = definePolicy({
  name: 'jwt-authn',
  phase: 'identify',
  summary: 'Let in who brings a token (JWT) of an identity provider, and tell services of it.',
  config,
  check,
  reasons,
  consumerScope: false,
  identityHeaders,
  credentialNames,
  startsAtOnce,
  compile(given, tools) {
    // not every dialect asks `check`, and a claim in Content-Length would make two requests of one
    const [problem] = Object.entries(check(given))
    if (problem !== undefined) throw new Error(`config.${problem.join(': ')}`)
    const { registry, exact } = tools
    const passesMissing = given.validationMode === 'allow-missing'
    const needsAll = given.requireAll
    const matchesAgain = given.matchAgain
    const sources = keySources(tools)
    const { inOrder, places, claimNames } = compileProviders(given.providers, sources.of, {
      anyCase: passesMissing && !exact.has('tokens'),
      allValues: !exact.has('tokens'),
    })
    const index = new ProviderIndex(inOrder)
    const tokens = registry.get('jwt-authn', () => new VerifiedTokenCache<KnownToken>())
    // What was checked is part of a token's key: a use that asks for less must not vouch for one that asks for more.
    const checked = hash('sha256', JSON.stringify([given, [...exact].sort()]), 'base64url')
    const readToken = tokenReader(exact)
    const seesTaken = !exact.has('tokens')

    function read(text: string): KnownToken | Reason {
      const key = checked + VerifiedTokenCache.key(text)
      const known = tokens.get(key)
      if (known !== undefined) return known
      const token = readToken(text)
      return 'code' in token ? token : new KnownToken(token, key)
    }

    function judge(exchange: Exchange, found: readonly FoundToken[]): Judgement | Promise<Judgement> {
      const [only] = found
      if (only === undefined) return reasons.missing
      if (found.length > 1 || needsAll) return new Evaluation(exchange, found, inOrder, read, { needsAll }).run()
      const known = read(only.text)
      if ('code' in known) return known
      only.known = known
      const concerned = index.concerned(only.place, known.token.issuer)
      return new Evaluation(exchange, found, concerned, read, { others: reasons.unknownIssuer }).run()
    }

    function conclude(exchange: Exchange, judgement: Judgement): Verdict {
      if ('code' in judgement) {
        if (!passesMissing || judgement !== reasons.missing) return refused(exchange, judgement)
        for (const name of claimNames) exchange.dropHeader(name)
        return abstain
      }
      for (const { known, found } of judgement) remember(known, found.text)
      for (const { lines } of judgement) if ('kind' in lines) return lines
      for (const name of claimNames) if (!isTold(judgement, name)) exchange.dropHeader(name)
      let verdict: Verdict = abstain
      for (const effect of judgement) {
        if (verdict.kind === 'identified') exchange.principal.add(verdict.identity)
        verdict = effect.verdict
        apply(exchange, effect)
      }
      if (matchesAgain && judgement.some(({ provider }) => provider.claimNames.length > 0))
        exchange.matchAgain(claimNames)
      return verdict
    }

    function remember(known: KnownToken, text: string): void {
      if (known.isRemembered) return
      known.isRemembered = true
      tokens.set(known.key, known, text)
    }

    return {
      request: function identifyByToken(exchange) {
        const original = seesTaken ? OriginalTokens.of(exchange) : null
        const found: FoundToken[] = []
        for (const place of places) place.find(exchange, original, found)
        const judgement = judge(exchange, found)
        if (judgement instanceof Promise) return judgement.then((late) => conclude(exchange, late))
        return conclude(exchange, judgement)
      },
      dispose: sources.release,
    }
  },
})

/** True for a header that a line of ours takes the place of anyway. */
function isTold(effects: readonly Effect[], name: string): boolean {
  return effects.some(({ lines }) => !('kind' in lines) && lines.names.includes(name))
}

function apply(exchange: Exchange, { provider, known, found, lines }: Effect): void {
  const { kind, name } = found.place
  if (!('kind' in lines)) exchange.addHeaders(lines)
  if (!provider.forwardToken) {
    if (kind === 'header') {
      OriginalTokens.keepHeader(exchange, name)
      exchange.dropHeader(name)
    } else if (kind === 'query') {
      OriginalTokens.keepQuery(exchange)
      exchange.setQuery(withoutArgument(exchange.query, name))
    }
  }
  addMetadata(exchange, METADATA, { [provider.metadataKey]: known.token.claims })
}
