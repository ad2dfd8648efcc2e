/**
 * Kong's `jwt`: a token names a credential by a claim, and the credential says algorithm and key.
 *
 * A request takes one of two ways. A token that was found good lately is recognised by its SHA-256 and needs only its
 * dates and the stamps of credential and consumer looked at. Any other goes through `verify`, check by check in Kong's
 * order, so that each refusal says what Kong would have said.
 */
import { hash } from 'node:crypto'
import { base64urlBytes, type DecodeBase64, laxBase64Bytes } from '../../base/base64url.ts'
import { type JsonObject, jsonObject, member } from '../../base/strict-json.ts'
import { isAlgorithm } from '../../identity/jose/algorithm.ts'
import { asksForExtension, decodeCompact } from '../../identity/jose/compact.ts'
import { verifySignature } from '../../identity/jose/signature.ts'
import { VerifiedTokenCache } from '../../identity/verified-token-cache.ts'
import type { Directory, Stamp } from '../../policy/directory.ts'
import { definePolicy } from '../../policy/policy.ts'
import type { Registry } from '../../policy/registry.ts'
import { abstain, type Denied, type Identified, identified } from '../../policy/verdict.ts'
import { CredentialKeys } from './credential-keys.ts'
import { dateCheck, isWithin, type Window } from './dates.ts'
import { reasons } from './reasons.ts'
import { refusals } from './refusals.ts'
import { check, config, jwtSecrets } from './schema.ts'
import { none, notText, several, tokenFinder } from './tokens.ts'

/** A good token: the verdict itself, so that later steps may hang what they made of it on the identity. */
interface GoodToken {
  readonly verdict: Identified
  readonly credential: Stamp
  readonly consumer: Stamp
  readonly window: Window
}

/** What all uses of one directory remember together: so it is bounded however many uses there are, and a recompile
 * loses nothing. */
interface Memory {
  readonly tokens: VerifiedTokenCache<GoodToken>
  readonly keys: CredentialKeys
}

export const jwt = definePolicy({
  name: 'jwt',
  phase: 'identify',
  summary: 'Identify a consumer by a signed token (JWT).',
  config,
  check,
  reasons,
  entities: [jwtSecrets],
  consumerScope: false,
  credentialNames: ({ header_names, uri_param_names }) => ({ headers: header_names, query: uri_param_names }),
  compile(given, { directory, registry, exact }) {
    const { key_claim_name: keyClaim, secret_is_base64: secretIsBase64, run_on_preflight: runOnPreflight } = given
    const findToken = tokenFinder(given)
    const refused = refusals(given)
    const windowOf = dateCheck(given, refused)
    const decode = exact.has('base64') ? laxBase64Bytes : base64urlBytes
    const ignoresExtensions = exact.has('crit')
    const { tokens, keys } = memoryOf(registry, directory, decode)
    // What was checked is part of a token's key: a use that asks for less must not vouch for one that asks for more.
    const checked = hash('sha256', JSON.stringify(given), 'base64url')

    function verify(token: string, now: number): GoodToken | Denied {
      const jws = decodeCompact(token, decode)
      const claims = jws && jsonObject(jws.payload)
      if (jws === null || claims === null) return refused.notJson
      const algorithm = member(jws.header, 'alg')
      if (!isAlgorithm(algorithm)) return refused.badAlgorithm
      if (jws.signature === null) return refused.badSignaturePart
      if (!ignoresExtensions && asksForExtension(jws.header)) return refused.badCrit

      const name = keyName(claims, jws.header, keyClaim)
      if (name === undefined) return refused.noKeyClaim
      if (typeof name !== 'string' || name === '') return refused.badKeyClaim
      const credential = directory.credential(jwtSecrets.kind, name)
      if (credential === null) return refused.unknownKey
      if (credential.fields['algorithm'] !== algorithm) return refused.wrongAlgorithm
      const key = keys.of(credential, secretIsBase64)
      if (key === null) return refused.noUsableKey
      if (!verifySignature(key, jws.signingInput, jws.signature)) return refused.badSignature

      const window = windowOf(claims, now)
      if ('kind' in window) return window
      const { consumer } = credential
      if (consumer === null) return refused.noConsumer(name)
      const verdict = identified({
        policy: 'jwt',
        consumer,
        credential: { id: credential.id, identifier: name, stamp: credential.stamp },
        claims,
        groups: null,
        scopes: null,
        anonymous: false,
      })
      return { verdict, credential: credential.stamp, consumer: consumer.stamp, window }
    }

    return {
      request: function identifyByToken(exchange) {
        if (!runOnPreflight && exchange.method === 'OPTIONS') return abstain
        const token = findToken(exchange)
        if (token === none) return refused.noToken
        if (token === several) return refused.severalTokens
        if (token === notText) return refused.notText

        const now = Math.floor(exchange.now / 1000)
        const cacheKey = checked + VerifiedTokenCache.key(token)
        let good = tokens.get(cacheKey)
        if (good === undefined || !stillGood(good, directory, now)) {
          const outcome = verify(token, now)
          if ('kind' in outcome) {
            if (good !== undefined) tokens.delete(cacheKey)
            return outcome
          }
          good = outcome
          tokens.set(cacheKey, good, token)
        }
        exchange.shared.set('authenticated_jwt_token', token)
        return good.verdict
      },
    }
  },
})

function stillGood(good: GoodToken, directory: Directory, now: number): boolean {
  return isWithin(good.window, now) && directory.isCurrent(good.credential) && directory.isCurrent(good.consumer)
}

/** The payload's claim or, where the payload has none, the header's parameter of that name (so `kid` can serve). */
function keyName(claims: JsonObject, header: JsonObject, name: string): unknown {
  const claim = member(claims, name)
  const found = claim === undefined || claim === false ? member(header, name) : claim
  return found === false ? undefined : found
}

function memoryOf(registry: Registry, directory: Directory, decode: DecodeBase64): Memory {
  const memories = registry.get('jwt', () => new WeakMap<Directory, Memory>())
  const memory = memories.get(directory) ?? { tokens: new VerifiedTokenCache(), keys: new CredentialKeys(decode) }
  memories.set(directory, memory)
  return memory
}
