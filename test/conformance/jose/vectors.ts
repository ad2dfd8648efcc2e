import type { Algorithm } from '../../../src/identity/jose/algorithm.ts'
import { rfcVectors } from './rfc.ts'
import { wycheproof } from './wycheproof.ts'

/** A compact JWS, the key and algorithm it is to be checked with, and whether it is good. */
export interface Vector {
  readonly name: string
  /** A JSON Web Key; may hold the private half too. */
  readonly key: Readonly<Record<string, unknown>>
  readonly alg: Algorithm
  readonly token: string
  readonly valid: boolean
}

/** Vectors about tokens. Their keys are fit to be credentials, so a running gateway can be asked the same. */
export const tokenVectors: readonly Vector[] = [...rfcVectors, ...wycheproof('json_web_signature_test.json')]

/** Vectors about keys: most are keys that a key set must not contain. */
export const keyVectors: readonly Vector[] = wycheproof('json_web_key_test.json')
