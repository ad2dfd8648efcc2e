import { readFileSync } from 'node:fs'
import { type Algorithm, isAlgorithm } from '../../../src/identity/jose/algorithm.ts'
import type { Vector } from './vectors.ts'

type Jwk = Readonly<Record<string, unknown>>
interface Group {
  readonly comment: string
  readonly private?: Jwk & { readonly keys?: readonly Jwk[] }
  readonly public?: Jwk & { readonly keys?: readonly Jwk[] }
  readonly tests: readonly { tcId: number; comment: string; jws: unknown; result: string }[]
}

/** Where the files contradict the RFCs or themselves, and the one thing that we do not look for. */
const corrections: Readonly<Record<string, Readonly<Record<number, { valid?: boolean; alg?: Algorithm }>>>> = {
  'json_web_signature_test.json': {
    // RFC 7520 §4.2 is signed by PS384; the file's key says PS256.
    346: { alg: 'PS384' },
    350: { alg: 'PS384' },
    // Letter by letter the same token as the valid 357.
    367: { valid: true },
    370: { valid: true },
    // A `?` amid base64url, which RFC 7515 §5.2 has us refuse.
    372: { valid: false },
    373: { valid: false },
  },
  'json_web_key_test.json': {
    // Keys of the ROCA kind are not recognised.
    7: { valid: true },
  },
}

/**
 * The vectors of one Wycheproof file that are about one key and compact tokens. Groups with a set of several keys are
 * about choosing among them, which is not done here.
 */
export function wycheproof(file: string): Vector[] {
  const { testGroups } = JSON.parse(readFileSync(new URL(`wycheproof/${file}`, import.meta.url), 'utf8')) as {
    testGroups: Group[]
  }
  return testGroups.flatMap((group) => {
    const given = group.public ?? group.private
    const keys = given?.keys ?? (given === undefined ? [] : [given])
    const [key] = keys
    if (keys.length !== 1 || key === undefined) return []
    return group.tests.map(({ tcId, comment, jws, result }) => {
      const token = typeof jws === 'string' ? jws : JSON.stringify(jws)
      const corrected = corrections[file]?.[tcId] ?? {}
      const trueKey = { ...withProperName(key), ...(corrected.alg && { alg: corrected.alg }) }
      return {
        name: `Wycheproof ${file} ${tcId}: ${group.comment}, ${comment}`,
        alg: algorithmOf(trueKey, token),
        key: trueKey,
        token,
        valid: corrected.valid ?? result === 'valid',
      }
    })
  })
}

/** The key's algorithm or, where the key does not say, the token's: those vectors are refused for another reason. */
function algorithmOf(key: Jwk, token: string): Algorithm {
  const named = key['alg']
  if (isAlgorithm(named)) return named
  const header = JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { alg: unknown }
  if (isAlgorithm(header.alg)) return header.alg
  throw new Error(`no algorithm in ${JSON.stringify(key)}`)
}

/** Wycheproof writes ES521 for what RFC 7518 calls ES512. */
function withProperName(key: Jwk): Jwk {
  return key['alg'] === 'ES521' ? { ...key, alg: 'ES512' } : key
}
