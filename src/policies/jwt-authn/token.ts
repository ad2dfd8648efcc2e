import { base64urlBytes, type DecodeBase64, webSafeBase64Bytes } from '../../base/base64url.ts'
import { type JsonObject, member } from '../../base/strict-json.ts'
import { structFrom } from '../../base/struct-json.ts'
import { type Algorithm, isAlgorithm } from '../../identity/jose/algorithm.ts'
import { asksForExtension } from '../../identity/jose/compact.ts'
import type { SignedToken } from '../../identity/key-set/check-signature.ts'
import type { Exact } from '../../policy/exact.ts'
import type { Reason } from '../../policy/reason.ts'
import { reasons } from './reasons.ts'

/** Envoy's leeway for clocks that differ. */
const SKEW = 60

/** A token taken apart. Nothing in it is believed yet, but all of it has the right form. */
export interface Token extends SignedToken {
  readonly claims: JsonObject
  /** Empty when it has none. */
  readonly issuer: string
  readonly audiences: readonly string[]
  /** From when until when it is good, both included, in Unix seconds and with the leeway. */
  readonly from: number
  readonly until: number
}

/** Makes what reads tokens, check by check in Envoy's order: the first that fails is the reason. */
export function tokenReader(exact: ReadonlySet<Exact>): (text: string) => Token | Reason {
  const isLax = exact.has('base64')
  const ignoresExtensions = exact.has('crit')
  const decode: DecodeBase64 = isLax ? webSafeBase64Bytes : base64urlBytes

  return function readToken(text) {
    const sections = text.split('.')
    const parts = isLax ? sections.filter((section) => section !== '') : sections
    if (parts.length !== 3 || parts.includes('')) return reasons.badFormat
    const [headerText, payloadText, signatureText] = parts as [string, string, string]

    const headerBytes = decode(headerText)
    if (headerBytes === null) return reasons.headerBase64
    const header = structFrom(headerBytes)
    if (header === null) return reasons.headerJson
    const algorithm = member(header, 'alg')
    if (typeof algorithm !== 'string') return reasons.noAlgorithm
    if (!isAlgorithm(algorithm)) return reasons.badAlgorithm
    const kid = member(header, 'kid') ?? ''
    if (typeof kid !== 'string' || member(header, 'kid') === null) return reasons.badKid
    if (!ignoresExtensions && asksForExtension(header)) return reasons.extension

    const payload = decode(payloadText)
    if (payload === null) return reasons.payloadBase64
    const claims = structFrom(payload)
    if (claims === null) return reasons.payloadJson
    const signed = { algorithm, kid, signingInput: Buffer.from(`${headerText}.${payloadText}`, 'latin1') }
    return tokenOf(signed, claims, decode(signatureText))
  }
}

interface Signed {
  readonly algorithm: Algorithm
  readonly kid: string
  readonly signingInput: Buffer
}

function tokenOf(signed: Signed, claims: JsonObject, signature: Buffer | null): Token | Reason {
  const issuer = textClaim(claims, 'iss')
  if (issuer === null) return reasons.badIss
  if (textClaim(claims, 'sub') === null) return reasons.badSub
  if (!isDate(claims, 'iat')) return isNumber(claims, 'iat') ? reasons.iatOutOfRange : reasons.iatNotNumber
  if (!isDate(claims, 'nbf')) return isNumber(claims, 'nbf') ? reasons.nbfOutOfRange : reasons.nbfNotNumber
  if (!isDate(claims, 'exp')) return isNumber(claims, 'exp') ? reasons.expOutOfRange : reasons.expNotNumber
  if (textClaim(claims, 'jti') === null) return reasons.badJti
  const audiences = audiencesIn(claims)
  if (audiences === null) return reasons.badAud
  if (signature === null) return reasons.signatureBase64
  const exp = secondsOf(claims, 'exp')
  return {
    ...signed,
    signature,
    claims,
    issuer,
    audiences,
    from: secondsOf(claims, 'nbf') - SKEW,
    until: exp === 0 ? Number.POSITIVE_INFINITY : exp + SKEW,
  }
}

/** Empty when it is not there, null when it is something else than text. */
function textClaim(claims: JsonObject, name: string): string | null {
  const value = member(claims, name)
  return value === undefined ? '' : typeof value === 'string' ? value : null
}

const isNumber = (claims: JsonObject, name: string) => typeof member(claims, name) === 'number'

/** True also when it is not there. */
function isDate(claims: JsonObject, name: string): boolean {
  const value = member(claims, name)
  return value === undefined || (typeof value === 'number' && value >= 0 && value < 2 ** 64)
}

const secondsOf = (claims: JsonObject, name: string) => Math.trunc((member(claims, name) as number | undefined) ?? 0)

function audiencesIn(claims: JsonObject): readonly string[] | null {
  const value = member(claims, 'aud')
  if (value === undefined) return []
  if (typeof value === 'string') return [value]
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : null
}
