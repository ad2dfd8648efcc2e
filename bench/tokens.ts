import { createHmac, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'

export type Algorithm = 'RS256' | 'ES256' | 'HS256'

export interface Issuer {
  readonly algorithm: Algorithm
  /** Value of `iss`, and key of the credential. */
  readonly name: string
  /** PEM, or the shared secret. */
  readonly verifier: string
  readonly signer: KeyObject | string
}

export function makeIssuer(algorithm: Algorithm): Issuer {
  const name = `issuer-${algorithm.toLowerCase()}`
  if (algorithm === 'HS256')
    return { algorithm, name, verifier: 'bench-secret-bench-secret-bench-', signer: 'bench-secret-bench-secret-bench-' }
  const pair =
    algorithm === 'RS256'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  return {
    algorithm,
    name,
    verifier: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    signer: pair.privateKey,
  }
}

/** The issuer's public key as a JSON Web Key Set. */
export function keySetOf(issuer: Issuer): string {
  return JSON.stringify({
    keys: [{ ...createPublicKey(issuer.verifier).export({ format: 'jwk' }), alg: issuer.algorithm, use: 'sig' }],
  })
}

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

/** A token with the three claims that the benchmark hands to the service. `serial` makes each one new. */
export function makeToken(issuer: Issuer, serial: number): string {
  const now = Math.floor(Date.now() / 1000)
  const input = `${part({ alg: issuer.algorithm, typ: 'JWT' })}.${part({
    iss: issuer.name,
    sub: 'user-1234',
    tenant_id: 'tenant-77',
    role: 'admin',
    exp: now + 86_400,
    jti: String(serial),
  })}`
  if (typeof issuer.signer === 'string') {
    return `${input}.${createHmac('sha256', issuer.signer).update(input).digest('base64url')}`
  }
  const signature = sign('sha256', Buffer.from(input), { key: issuer.signer, dsaEncoding: 'ieee-p1363' })
  return `${input}.${signature.toString('base64url')}`
}
