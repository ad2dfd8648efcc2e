import assert from 'node:assert/strict'
import { constants, createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { test } from 'node:test'
import { ALGORITHMS, type Algorithm, schemes } from './algorithm.ts'
import { signCompact } from './sign-compact.ts'
import { verifySignature } from './signature.ts'
import { publicKeyFromPem, secretKey, verificationKey } from './verification-key.ts'
import { verifyCompact } from './verify-compact.ts'

const secret = createSecretKey(Buffer.from('0123456789abcdef0123456789abcdef'))
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const pairs: Record<string, { privateKey: KeyObject; publicKey: KeyObject }> = {
  secret: { privateKey: secret, publicKey: secret },
  rsa,
  'P-256': generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  'P-384': generateKeyPairSync('ec', { namedCurve: 'P-384' }),
  'P-521': generateKeyPairSync('ec', { namedCurve: 'P-521' }),
  secp256k1: generateKeyPairSync('ec', { namedCurve: 'secp256k1' }),
  ed25519: generateKeyPairSync('ed25519'),
  ed448: generateKeyPairSync('ed448'),
  x25519: generateKeyPairSync('x25519'),
}
/** Which keys an algorithm may be used with; all other pairs must be refused. */
const fitting: Record<Algorithm, string[]> = {
  HS256: ['secret'],
  HS384: ['secret'],
  HS512: ['secret'],
  RS256: ['rsa'],
  RS384: ['rsa'],
  RS512: ['rsa'],
  PS256: ['rsa'],
  PS384: ['rsa'],
  PS512: ['rsa'],
  ES256: ['P-256'],
  ES384: ['P-384'],
  ES512: ['P-521'],
  EdDSA: ['ed25519', 'ed448'],
}

for (const algorithm of ALGORITHMS) {
  test(`${algorithm} takes only the keys that fit`, () => {
    const taken = Object.keys(pairs).filter((name) => verificationKey(algorithm, pairs[name]!.publicKey) !== null)
    assert.deepEqual(taken, fitting[algorithm])
    for (const { privateKey } of Object.values(pairs)) {
      if (privateKey.type === 'private') assert.equal(verificationKey(algorithm, privateKey), null)
    }
  })

  for (const name of fitting[algorithm]) {
    test(`${algorithm} with ${name}: a signature is good, and no other`, () => {
      const { privateKey, publicKey } = pairs[name]!
      const key = verificationKey(algorithm, publicKey)!
      const token = signCompact(algorithm, privateKey, { sub: 'alice' })
      assert.notEqual(verifyCompact(token, key), null)
      const dot = token.lastIndexOf('.')
      const data = Buffer.from(token.slice(0, dot))
      const signature = Buffer.from(token.slice(dot + 1), 'base64url')
      assert.equal(verifySignature(key, data, signature), true)
      assert.equal(verifySignature(key, Buffer.from(`${data}x`), signature), false)
      assert.equal(verifySignature(key, data, Buffer.alloc(0)), false)
      assert.equal(verifySignature(key, data, signature.subarray(1)), false)
      assert.equal(verifySignature(key, data, Buffer.concat([signature, Buffer.from([0])])), false)
      const bent = Buffer.from(signature)
      bent[0]! ^= 1
      assert.equal(verifySignature(key, data, bent), false)
    })
  }
}

test('an RSA signature without its leading zero is refused', () => {
  const key = verificationKey('PS256', rsa.publicKey)!
  for (let n = 0; ; n++) {
    const token = signCompact('PS256', rsa.privateKey, { n })
    const dot = token.lastIndexOf('.')
    const signature = Buffer.from(token.slice(dot + 1), 'base64url')
    if (signature[0] !== 0) continue
    assert.equal(verifySignature(key, Buffer.from(token.slice(0, dot)), signature), true)
    assert.equal(verifySignature(key, Buffer.from(token.slice(0, dot)), signature.subarray(1)), false)
    return
  }
})

test('a token signed by another algorithm of the same key is refused', () => {
  const key = verificationKey('RS256', rsa.publicKey)!
  for (const algorithm of ['RS384', 'PS256'] as const) {
    assert.equal(verifyCompact(signCompact(algorithm, rsa.privateKey, {}), key), null)
  }
})

test('an RS256 signature under a header that says PS256 is refused, and the other way round', () => {
  const [rs, ps] = (['RS256', 'PS256'] as const).map((algorithm) => verificationKey(algorithm, rsa.publicKey)!)
  assert.equal(verifyCompact(signCompact('RS256', rsa.privateKey, {}, { alg: 'PS256' }), ps!), null)
  assert.equal(verifyCompact(signCompact('PS256', rsa.privateKey, {}, { alg: 'RS256' }), rs!), null)
})

test('the public key as an HMAC secret makes no token (algorithm confusion)', () => {
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' })
  const token = signCompact('HS256', createSecretKey(Buffer.from(pem)), {})
  assert.equal(verifyCompact(token, verificationKey('RS256', rsa.publicKey)!), null)
})

test('a PSS salt of another length than the hash is refused', () => {
  const data = Buffer.from('data')
  const key = verificationKey('PS256', rsa.publicKey)!
  for (const [saltLength, good] of [
    [32, true],
    [0, false],
    [20, false],
    [64, false],
  ] as const) {
    const signature = sign('sha256', data, {
      key: rsa.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength,
    })
    assert.equal(verifySignature(key, data, signature), good, `salt of ${saltLength}`)
  }
})

test('an ECDSA signature in DER is refused', () => {
  const { privateKey, publicKey } = pairs['P-256']!
  const data = Buffer.from('data')
  assert.equal(verifySignature(verificationKey('ES256', publicKey)!, data, sign('sha256', data, privateKey)), false)
})

test('a token that asks for an extension is refused though its signature is good', () => {
  const key = verificationKey('HS256', secret)!
  assert.equal(verifyCompact(signCompact('HS256', secret, {}, { crit: ['exp'], exp: 1 }), key), null)
})

test('a key that can’t be read is null, never a throw', () => {
  const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  assert.notEqual(publicKeyFromPem(pem), null)
  assert.notEqual(publicKeyFromPem(rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }).toString()), null)
  for (const bad of ['', 'key', pem.slice(0, 100), pem.replace(/[A-Z]{4}/, '!!!!'), '-----BEGIN PUBLIC KEY-----\n'])
    assert.equal(publicKeyFromPem(bad), null, JSON.stringify(bad))
  assert.equal(secretKey(Buffer.alloc(0)), null)
})

test('every algorithm has a scheme', () => assert.deepEqual(Object.keys(schemes).sort(), [...ALGORITHMS].sort()))

test('an RSA key with exponent 1 or of 512 bits is refused, of 1024 taken', () => {
  const n = rsa.publicKey.export({ format: 'jwk' }).n!
  const one = createPublicKey({ key: { kty: 'RSA', n, e: 'AQ' }, format: 'jwk' })
  assert.equal(verificationKey('RS256', one), null)
  for (const [bits, taken] of [
    [512, false],
    [1024, true],
  ] as const) {
    const bytes = Buffer.alloc(bits / 8, 0xff).toString('base64url')
    const key = createPublicKey({ key: { kty: 'RSA', n: bytes, e: 'AQAB' }, format: 'jwk' })
    assert.equal(verificationKey('PS256', key) !== null, taken)
  }
})
