import { quotedString } from '../../base/quoted-string.ts'
import { type Denied, denied } from '../../policy/verdict.ts'
import { reasons } from './reasons.ts'
import type { Config } from './schema.ts'

/** The refusals of one use, made once; functions for those that say something of the request. */
export function refusals({ realm, key_claim_name }: Pick<Config, 'realm' | 'key_claim_name'>) {
  const challenge = realm === null ? 'Bearer' : `Bearer realm=${quotedString(realm)}`
  // One space and no comma: what Kong 3.9 sends, and clients written against it have seen.
  const invalid = { challenge: `${challenge} error="invalid_token"` }
  return {
    noToken: denied(reasons.noToken, { challenge }),
    severalTokens: denied(reasons.severalTokens, invalid),
    notText: denied(reasons.notText, invalid),
    notJson: denied(reasons.notJson, invalid),
    badAlgorithm: denied(reasons.badAlgorithm, invalid),
    badSignaturePart: denied(reasons.badSignaturePart, invalid),
    badCrit: denied(reasons.badCrit, invalid),
    noKeyClaim: denied(reasons.noKeyClaim, { ...invalid, message: `No mandatory '${key_claim_name}' in claims` }),
    badKeyClaim: denied(reasons.badKeyClaim, { ...invalid, message: `Invalid '${key_claim_name}' in claims` }),
    unknownKey: denied(reasons.unknownKey, {
      ...invalid,
      message: `No credentials found for given '${key_claim_name}'`,
    }),
    wrongAlgorithm: denied(reasons.wrongAlgorithm, invalid),
    noUsableKey: denied(reasons.noUsableKey, invalid),
    badSignature: denied(reasons.badSignature, invalid),
    badDates: (fields: Readonly<Record<string, string>>): Denied => denied(reasons.badDates, { ...invalid, fields }),
    livesTooLong: denied(reasons.livesTooLong, { ...invalid, fields: { exp: reasons.livesTooLong.message } }),
    noConsumer: (key: string): Denied =>
      denied(reasons.noConsumer, { message: `Could not find consumer for '${key_claim_name}=${key}'` }),
  }
}
export type Refusals = ReturnType<typeof refusals>
