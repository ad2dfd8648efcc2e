import type { HeaderBlock } from '../../base/header-block.ts'
import type { JsonObject } from '../../base/strict-json.ts'
import type { KeySource } from '../../identity/key-set/key-source.ts'
import type { Denied } from '../../policy/verdict.ts'
import { claimHeaders } from './claim-headers.ts'
import { type CompiledPlace, compilePlace, type PlaceOptions, placeKey } from './places.ts'
import { type Place, type Provider, placesOf } from './schema.ts'

export interface CompiledProvider {
  /** Its number, in the order they are asked in. */
  readonly index: number
  /** Empty for any. */
  readonly issuer: string
  /** Null for any. */
  readonly audiences: ReadonlySet<string> | null
  /** Where it looks, in the order that tokens are found in. */
  readonly places: readonly CompiledPlace[]
  readonly keys: KeySource
  readonly headersFrom: (claims: JsonObject) => HeaderBlock | Denied
  /** The headers it makes of claims, in lower case. */
  readonly claimNames: readonly string[]
  readonly forwardToken: boolean
  readonly metadataKey: string
}

export interface CompiledProviders {
  readonly inOrder: readonly CompiledProvider[]
  /** Every place that any of them looks at, once. */
  readonly places: readonly CompiledPlace[]
  readonly claimNames: readonly string[]
}

/**
 * @param keysOf gives a provider's keys.
 * @param allValues sees further values of a query argument too, where tokens are passed on.
 */
export function compileProviders(
  given: readonly Provider[],
  keysOf: (provider: Provider) => KeySource,
  options: PlaceOptions,
): CompiledProviders {
  const claimNames = namesOf(given)
  // What is about to hold a claim is no place for a token: whatever the client sent there is gone by then.
  const canHoldToken = ({ header }: Place) => header === null || !claimNames.includes(header.toLowerCase())
  const usable = given.map((provider) => placesOf(provider).filter(canHoldToken))
  const distinct = new Map(usable.flat().map((place) => [placeKey(place), place]))
  const sorted = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1))
  const places = new Map(sorted.map(([key, place], id) => [key, compilePlace(place, id, options)]))

  const compiled = given.map((provider, n) => {
    const own = new Set(usable[n]!.map((place) => places.get(placeKey(place))!))
    return {
      name: provider.name,
      issuer: provider.issuer ?? '',
      audiences: provider.audiences.length === 0 ? null : new Set(provider.audiences.map(plainAudience)),
      places: [...own].sort((a, b) => a.id - b.id),
      keys: keysOf(provider),
      headersFrom: claimHeaders(provider.claimsToHeaders),
      claimNames: namesOf([provider]),
      forwardToken: provider.forwardToken,
      metadataKey: provider.metadataKey,
    }
  })
  const byName = compiled.sort((a, b) => (a.name < b.name ? -1 : 1))
  return {
    inOrder: byName.map((provider, index) => ({ ...provider, index })),
    places: [...places.values()],
    claimNames,
  }
}

function namesOf(providers: readonly Provider[]): readonly string[] {
  const names = providers.flatMap(({ claimsToHeaders }) => claimsToHeaders.map(({ header }) => header.toLowerCase()))
  return [...new Set(names)]
}

/** Audiences are compared without scheme and without a last slash. */
export function plainAudience(audience: string): string {
  return audience.replace(/^https?:\/\//, '').replace(/\/$/, '')
}

/**
 * Whom a token may concern, so that a thousand issuers cost a request no more than one: those who look where it was and
 * whose issuer it names, with those who take any issuer, in their order.
 */
export class ProviderIndex {
  readonly #byPlace = new Map<
    number,
    { readonly any: CompiledProvider[]; readonly byIssuer: Map<string, CompiledProvider[]> }
  >()

  constructor(providers: readonly CompiledProvider[]) {
    for (const provider of providers) {
      for (const { id } of provider.places) {
        const at = this.#byPlace.get(id) ?? { any: [], byIssuer: new Map<string, CompiledProvider[]>() }
        this.#byPlace.set(id, at)
        const { issuer } = provider
        if (issuer === '') at.any.push(provider)
        else at.byIssuer.set(issuer, [...(at.byIssuer.get(issuer) ?? []), provider])
      }
    }
    for (const { any, byIssuer } of this.#byPlace.values()) {
      if (any.length === 0) continue
      for (const [issuer, own] of byIssuer)
        byIssuer.set(
          issuer,
          [...own, ...any].sort((a, b) => a.index - b.index),
        )
    }
  }

  concerned({ id }: CompiledPlace, issuer: string): readonly CompiledProvider[] {
    const at = this.#byPlace.get(id)
    return at === undefined ? [] : (at.byIssuer.get(issuer) ?? at.any)
  }
}
