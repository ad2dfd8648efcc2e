import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HashQueue } from '../../identity/password/hash-queue.ts'
import { saltedSha1 } from '../../identity/password/salted-sha1.ts'
import { scryptPassword } from '../../identity/password/scrypt.ts'
import { SecretChecks } from '../../identity/password/secret-checks.ts'
import { type EntityWrite, OwnEntities } from '../../policy/entities.ts'
import type { Exact } from '../../policy/exact.ts'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeDirectory, FakeExchange, inWords } from '../../policy/test-kit.ts'
import { basicAuth } from './handler.ts'
import { basicauthCredentials } from './schema.ts'

const { kind, prepareKept } = basicauthCredentials
const modern = await scryptPassword.hash('open sesame')

/** @param checks in place of those of a gateway at rest. @param exact what is done exactly as Kong does. */
function gateway(checks?: SecretChecks, exact: ReadonlySet<Exact> = new Set()) {
  const directory = new FakeDirectory()
  const carol = directory.addConsumer({ username: 'carol' })
  const { promise: written, resolve } = Promise.withResolvers<EntityWrite>()
  const entities = new OwnEntities([basicauthCredentials], async (write) => {
    resolve(write)
    return { kind: 'done', id: 'id' in write ? write.id : '' }
  })
  const registry = new Registry()
  if (checks) registry.get('secret-checks', () => checks)
  const policy = compilePolicy(basicAuth, {}, { directory, registry, entities, exact })
  const add = (username: string, password: string) =>
    directory.addCredential(kind, username, { username, password }, carol)
  const ask = (username: string, password: string) => {
    const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
    return policy.request!(new FakeExchange({ headers: { authorization } }))
  }
  return { carol, add, ask, written }
}

test('a slow hash is tried in another thread, and never again for what was good', async () => {
  const { add, ask } = gateway()
  add('carol', modern)
  const first = ask('carol', 'open sesame')
  assert.ok(first instanceof Promise)
  assert.equal(inWords(await first), 'identified carol')
  const second = ask('carol', 'open sesame')
  assert.ok(!(second instanceof Promise), 'known to be good')
  assert.equal(inWords(second), 'identified carol')
  assert.equal(inWords(await ask('carol', 'nope')), '401 password-wrong')
})

test('once there are slow hashes, every refusal takes one: names and older rows can’t be told by the time', async () => {
  const { carol, add, ask } = gateway()
  add('new', modern)
  add('old', saltedSha1.hash('x', carol.id))
  await ask('new', 'nope')
  for (const [name, verdict] of [
    ['old', '401 password-wrong'],
    ['nobody', '401 user-unknown'],
  ] as const) {
    const refused = ask(name, 'nope')
    assert.ok(refused instanceof Promise, name)
    assert.equal(inWords(await refused), verdict)
  }
})

test('too many passwords to check at once: 503, also for nobody', async () => {
  const { add, ask } = gateway(new SecretChecks(new HashQueue({ atOnce: 0, longest: 0 })))
  add('carol', modern)
  assert.equal(inWords(await ask('carol', 'open sesame')), '503 hashing-busy')
  assert.equal(inWords(await ask('nobody', 'x')), '503 hashing-busy')
})

test('a row in Kong’s form is let in at once, and is kept in the modern form from then on', async () => {
  const { carol, add, ask, written } = gateway()
  const row = add('old', saltedSha1.hash('x', carol.id))
  assert.equal(inWords(await ask('old', 'wrong')), '401 password-wrong')
  const verdict = ask('old', 'x')
  assert.ok(!(verdict instanceof Promise), 'the request waits for none of it')
  assert.equal(inWords(verdict), 'identified carol')
  ask('old', 'x')
  const write = await written
  assert.ok(write.op === 'change' && write.kind === kind && write.id === row.id)
  assert.deepEqual(write.ifStill, { password: row.fields['password'] }, 'no password comes back that was changed')
  assert.equal(await scryptPassword.matches('x', String(write.fields['password'])), true)
})

test('a row in Kong’s form stays what it is for who shares it with Kong', async () => {
  const writes: unknown[] = []
  const { carol, add, ask, written } = gateway(undefined, new Set(['passwords']))
  void written.then((write) => writes.push(write))
  add('old', saltedSha1.hash('x', carol.id))
  add('new', modern)
  assert.equal(inWords(await ask('old', 'x')), 'identified carol')
  // what a hash of the same queue has passed by now would have been written
  assert.equal(inWords(await ask('new', 'open sesame')), 'identified carol')
  assert.deepEqual(writes, [])
})

test('what is written is kept as a slow hash; what is one already, and what was so before, stays', async () => {
  const fields = { username: 'u', password: 'open sesame' }
  const fresh = (await prepareKept!(fields, null))['password'] as string
  assert.equal(await scryptPassword.matches('open sesame', fresh), true)
  assert.equal((await prepareKept!({ ...fields, password: modern }, null))['password'], modern)
  assert.equal((await prepareKept!(fields, { password: modern }))['password'], modern, 'dumps stay the same')
  assert.notEqual((await prepareKept!({ ...fields, password: 'other' }, { password: modern }))['password'], modern)
})
