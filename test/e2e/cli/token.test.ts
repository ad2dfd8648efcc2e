import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { folderWith, sallyport, startGateway } from './command-line.ts'
import { startService } from './service.ts'

const pair = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
})

describe('sallyport token', () => {
  it('mints what the gateway lets in, for a consumer of it', async (t) => {
    const { env, proxy } = await startGateway(t)
    const service = await startService(t)
    const run = (words: string, stdin = '') => sallyport(t, words.split(' '), env, stdin)
    for (const words of [`route add /app ${service.url} --jwt --verify-exp`, 'consumer add my-app', 'jwt add my-app']) {
      assert.equal((await run(words)).code, 0)
    }
    const minted = await run('token mint --consumer my-app --claim role=admin --claim level=3')
    assert.equal(minted.code, 0, minted.err)
    const token = minted.out.trim()
    assert.equal((await fetch(`${proxy}/app`, { headers: { authorization: `Bearer ${token}` } })).status, 200)

    const verified = await run('token verify --consumer my-app', token)
    assert.equal(verified.code, 0, verified.err)
    assert.deepEqual([JSON.parse(verified.out).role, JSON.parse(verified.out).level], ['admin', 3])
    const stale = (await run('token mint --consumer my-app --expires 0')).out.trim()
    assert.equal((await fetch(`${proxy}/app`, { headers: { authorization: `Bearer ${stale}` } })).status, 401)
    assert.match((await run('token verify --consumer my-app', stale)).err, /good, but the token has expired/)
  })

  const folder = (t: Parameters<typeof folderWith>[0]) =>
    folderWith(t, { 'private.pem': pair.privateKey, 'public.pem': pair.publicKey, secret: 'long-enough\n' })

  it('shows what a token holds, and says that it believes none of it', async (t) => {
    const path = folder(t)
    const words = ['token', 'mint', '--secret-file', join(path, 'secret'), '--iss', 'me', '--aud', 'a', '--aud', 'b']
    const { out: token } = await sallyport(t, words)
    const { code, out, err } = await sallyport(t, ['token', 'decode', token.trim()])
    assert.equal(code, 0)
    const { header, payload } = JSON.parse(out)
    assert.deepEqual(header, { alg: 'HS256', typ: 'JWT' })
    assert.deepEqual([payload.iss, payload.aud, payload.exp - payload.iat], ['me', ['a', 'b'], 3600])
    assert.match(err, /exp: \d{4}-.*Z\nthe signature was not checked/)
    assert.equal((await sallyport(t, ['token', 'decode', 'nonsense'])).code, 1)
  })

  it('says why a token is not good', async (t) => {
    const path = folder(t)
    const [priv, pub, secret] = ['private.pem', 'public.pem', 'secret'].map((name) => join(path, name)) as [
      string,
      string,
      string,
    ]
    const rs = ['--algorithm', 'RS256']
    const { out } = await sallyport(t, ['token', 'mint', ...rs, '--private-key', priv, '--no-exp'])
    const token = out.trim()
    const rows: [words: string[], code: number, err: RegExp][] = [
      [[...rs, '--public-key', pub, token], 0, /^$/],
      [[...rs, '--public-key', pub, `${token.slice(0, -8)}AAAAAAAA`], 1, /signature is not good/],
      [['--secret-file', secret, token], 1, /says it is signed with "RS256", not HS256/],
      [[...rs, '--public-key', secret, token], 1, /holds no public key/],
      [[...rs, token], 2, /one of --secret-file, --public-key and --consumer is needed/],
      [['--public-key', pub, token], 2, /HS256 needs --secret-file/],
    ]
    for (const [words, code, err] of rows) {
      const result = await sallyport(t, ['token', 'verify', ...words])
      assert.equal(result.code, code, result.err)
      assert.match(result.err, err)
    }
  })
})

it('sallyport convert brings an older file into the present form', async (t) => {
  const older =
    '_format_version: "1.1"\nservices: [{name: a, url: "http://h", routes: [{name: r, paths: ["/a/[0-9]+"]}]}]\n'
  const folder = folderWith(t, { 'old.yaml': older })
  const { code, out, err } = await sallyport(t, ['convert', `kong:${join(folder, 'old.yaml')}`, '--format', 'json'])
  assert.equal(code, 0, err)
  assert.deepEqual(JSON.parse(out), {
    _format_version: '3.0',
    _transform: false,
    services: [{ name: 'a', host: 'h', routes: [{ name: 'r', paths: ['~/a/[0-9]+'] }] }],
  })
})
