import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { beforeEach, describe, it } from 'node:test'
import { saltedSha1 } from '../identity/password/salted-sha1.ts'
import type { Change, ModelKinds } from '../model/model.ts'
import { selfSigned as selfSignedAt } from '../plane/listener/self-signed.ts'
import { policies } from '../policies/index.ts'
import { Registry } from '../policy/registry.ts'
import { Secrets } from '../secrets/secrets.ts'
import { failed, found, type SecretAddress } from '../secrets/vault.ts'
import { Snapshot } from '../snapshot/snapshot.ts'
import { SecretFilter } from './secret-filter.ts'

const selfSigned = () => selfSignedAt(new Date())
const ref = (name: string, vault = 'env') => `{vault://${vault}/${name}?ttl=60}`
const put = <K extends keyof ModelKinds>(kind: K, value: ModelKinds[K]) => ({ op: 'put', kind, value }) as Change

const route = (id: string): Change =>
  put('route', {
    ...{ id, name: null, serviceId: null, protocols: ['http'], httpsRedirectStatus: 426 },
    ...{ stripPath: true, pathHandling: 'v0', preserveHost: false, matches: [] },
  })
const use = (secret: string): Change =>
  put('use', {
    ...{ id: 'u', policy: 'session', routeId: 'r', serviceId: null, consumerId: null, order: 1, protocols: [] },
    ...{ enabled: true, config: { secret }, references: [{ path: ['config', 'secret'], text: secret }] },
  })
const consumer = put('consumer', { id: 'c', username: 'alice', customId: null })
const credential = (kind: string, fields: Record<string, unknown>, referring: string[], key: string | null): Change => {
  const references = referring.map((name) => ({ path: ['fields', name], text: String(fields[name]) }))
  const asKey = references.filter(({ text }) => text === key).map(({ text }) => ({ path: ['key'], text }))
  return put('credential', {
    ...{ id: 'x', kind, consumerId: 'c', key, fields, expiresAt: null, references: [...references, ...asKey] },
  })
}
const jwt = (secret: string) =>
  credential('jwt_secrets', { key: 'iss', secret, rsa_public_key: null, algorithm: 'HS256' }, ['secret'], 'iss')
const certificate = (cert: string, key: string): Change =>
  put('certificate', {
    ...{ id: 'k', cert, key, snis: ['a.test'] },
    references: [
      { path: ['cert'], text: cert },
      { path: ['key'], text: key },
    ],
  })

describe('references in changes', () => {
  let time: number
  let values: Record<string, string | Promise<string>>
  let told: string[]
  let secrets: Secrets
  let snapshot: Snapshot
  let filter: SecretFilter
  beforeEach(() => {
    time = 1_000_000
    values = {}
    told = []
    const clock = { now: () => time }
    const vault = {
      async read({ resource }: SecretAddress, config: Readonly<Record<string, unknown>>) {
        const value = await values[`${config['prefix'] ?? ''}${resource}`]
        return value === undefined ? failed('it is not there') : found(value)
      },
    }
    secrets = new Secrets({ vaults: new Map([['env', vault]]), env: {}, now: clock.now })
    snapshot = new Snapshot({ source: 'test', policies, clock, registry: new Registry() })
    filter = new SecretFilter(snapshot, {
      ...{ policies, secrets, env: {}, now: clock.now, patience: { load: 1000, change: 20 } },
      tell: (reference, problem) => void told.push(`${reference} ${problem}`),
    })
  })
  async function change(...changes: Change[]) {
    await filter.prepare(changes)
    filter.apply(changes)
  }
  async function rotate(next: typeof values) {
    values = next
    time += 60_000
    await secrets.refresh()
  }
  const chain = () => {
    try {
      return `open with ${snapshot.route('r')!.chain().slots.length}`
    } catch (error) {
      return (error as Error).message
    }
  }
  const row = (kind: string, key: string) => snapshot.directory.credential(kind, key)?.fields ?? null

  it('become values before they are served', async () => {
    values = { s: 'secret', k: 'my-key' }
    await change(
      route('r'),
      use(ref('s')),
      consumer,
      credential('keyauth_credentials', { key: ref('k') }, ['key'], ref('k')),
    )
    assert.equal(chain(), 'open with 1')
    assert.deepEqual(row('keyauth_credentials', 'my-key'), { key: 'my-key' })
    assert.equal(row('keyauth_credentials', ref('k')), null)
  })
  it('without a value close the routes of a use', async () => {
    await change(route('r'), use(ref('s')))
    assert.match(chain(), /the reference \{vault:\/\/env\/s\} has no value: it is not there/)
    await rotate({ s: 'secret' })
    assert.equal(chain(), 'open with 1')
  })
  it('whose value is lost again close the routes of a use', async () => {
    values = { s: 'secret' }
    await change(route('r'), use('{vault://env/s?ttl=60&resurrect_ttl=0}'))
    await rotate({})
    assert.match(chain(), /has no value/)
  })
  it('keep the last good value while the vault is away', async () => {
    values = { s: 'secret', j: 'one' }
    await change(route('r'), use(ref('s')), consumer, jwt(ref('j')))
    await rotate({})
    assert.equal(chain(), 'open with 1')
    assert.equal(row('jwt_secrets', 'iss')?.['secret'], 'one')
  })
  it('without a value make a credential one that is not there', async () => {
    await change(consumer, jwt(ref('j')))
    assert.equal(row('jwt_secrets', 'iss'), null)
    await rotate({ j: 'one' })
    assert.equal(row('jwt_secrets', 'iss')?.['secret'], 'one')
  })
  it('rotate a credential, and drop what was made of the old one', async () => {
    values = { j: 'one' }
    await change(consumer, jwt(ref('j')))
    const before = snapshot.directory.credential('jwt_secrets', 'iss')!
    await rotate({ j: 'two' })
    assert.equal(row('jwt_secrets', 'iss')?.['secret'], 'two')
    assert.equal(snapshot.directory.isCurrent(before.stamp), false)
  })
  it('hash a password as it would have been when written', async () => {
    values = { p: 'pass' }
    const fields = { username: 'alice', password: ref('p') }
    await change(consumer, credential('basicauth_credentials', fields, ['password'], 'alice'))
    assert.equal(row('basicauth_credentials', 'alice')?.['password'], saltedSha1.hash('pass', 'c'))
  })
  it('whose value is no key of the algorithm make no credential, and that is told without the value', async () => {
    values = { j: 'not a key' }
    const fields = { key: 'iss', secret: 's', rsa_public_key: ref('j'), algorithm: 'RS256' }
    await change(consumer, credential('jwt_secrets', fields, ['rsa_public_key'], 'iss'))
    assert.equal(row('jwt_secrets', 'iss'), null)
    assert.deepEqual(told, ['{vault://env/j} its value does not fit the credential x'])
  })
  it('without a value make a certificate one that is not shown', async () => {
    const { cert, key } = await selfSigned()
    values = { cert }
    await change(certificate(ref('cert'), ref('key')))
    assert.equal(snapshot.certificateFor('a.test'), null)
    await rotate({ cert, key })
    assert.equal(snapshot.certificateFor('a.test')?.key, key)
  })
  it('of a certificate and its key rotate together, though one comes first', async () => {
    const [old, next] = [await selfSigned(), await selfSigned()]
    values = { ...old }
    await change(certificate(ref('cert'), ref('key')))
    await rotate({ cert: next.cert, key: old.key })
    assert.equal(snapshot.certificateFor('a.test')?.cert, old.cert)
    await rotate({ ...next })
    assert.deepEqual(
      [snapshot.certificateFor('a.test')?.cert, snapshot.certificateFor('a.test')?.key],
      [next.cert, next.key],
    )
  })
  it('never show a key that is no key', async () => {
    const { cert } = await selfSigned()
    const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' })
    values = { cert, key: String(other) }
    await change(certificate(ref('cert'), ref('key')))
    assert.equal(snapshot.certificateFor('a.test'), null)
  })

  describe('to a vault of the configuration', () => {
    const vault = (prefix: string | null) =>
      put('vault', { id: 'v', prefix: 'mine', type: 'env', config: { prefix, ttl: null } })

    it('lead there once it is known, and nowhere before', async () => {
      values = { A_j: 'one' }
      await change(consumer, jwt(ref('j', 'mine')))
      assert.equal(row('jwt_secrets', 'iss'), null)
      assert.deepEqual(told, ["{vault://mine/j} there is no vault 'mine'"])
      await change(vault('A_'))
      assert.equal(row('jwt_secrets', 'iss')?.['secret'], 'one')
    })
    it('are read anew when the vault is changed, and lost when it is deleted', async () => {
      values = { A_j: 'one', B_j: 'two' }
      await change(vault('A_'), consumer, jwt(ref('j', 'mine')))
      await change(vault('B_'))
      assert.equal(row('jwt_secrets', 'iss')?.['secret'], 'two')
      await change({ op: 'delete', kind: 'vault', id: 'v' })
      assert.equal(row('jwt_secrets', 'iss'), null)
    })
  })

  it('that are badly written close, and are told of', async () => {
    await change(route('r'), use('{vault://env}'))
    assert.match(chain(), /has no value: the name of the secret is missing/)
    assert.equal(told.length, 1)
  })
  it('let a change wait no longer than is good for it; the value comes in when it comes', async () => {
    const late = Promise.withResolvers<string>()
    values = { s: late.promise }
    await change(route('r'), use(ref('s')))
    assert.match(chain(), /its value is not known yet/)
    late.resolve('secret')
    await filter.settle()
    assert.equal(chain(), 'open with 1')
  })
  it('of a record that was changed meanwhile do not bring the old one back', async () => {
    values = { j: 'one' }
    await change(consumer, jwt(ref('j')))
    await change({ op: 'delete', kind: 'credential', id: 'x' })
    await rotate({ j: 'two' })
    assert.equal(row('jwt_secrets', 'iss'), null)
  })
  it('hold through a source that is read anew as a whole', async () => {
    values = { s: 'secret', j: 'one' }
    await change(route('r'), use(ref('s')), consumer, jwt(ref('j')))
    const again = [route('r'), use(ref('s')), consumer]
    await filter.prepare(again)
    filter.replace(again)
    assert.equal(chain(), 'open with 1')
    assert.equal(row('jwt_secrets', 'iss'), null)
  })
})
