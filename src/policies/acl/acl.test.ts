import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Identity } from '../../policy/identity.ts'
import { compilePolicy, FakeDirectory, FakeExchange, fakeIdentity, inWords, judge } from '../../policy/test-kit.ts'
import { acl } from './handler.ts'

const directory = new FakeDirectory()
const member = (username: string, ...groups: string[]) => {
  const consumer = directory.addConsumer({ username })
  for (const group of groups) directory.addCredential('acls', null, { group }, consumer)
  return consumer
}
const proven = (username: string, ...groups: string[]) => fakeIdentity({ consumer: member(username, ...groups) })
const standIn = (username: string, ...groups: string[]) => ({
  ...proven(username, ...groups),
  credential: null,
  anonymous: true,
})

const admin = proven('admin', 'admin')
const two = proven('two', 'dev', 'ops')
const none = proven('none')
const stranger = fakeIdentity({ groups: ['admin', 'staff'] })
const adminOfOtherGroups = { ...admin, groups: ['staff'] }

type Row = [sentence: string, config: object, identities: Identity[], verdict: string, headers: Record<string, string>]
const consumerGroups = (value: string) => ({ 'x-consumer-groups': value })
const rows: Row[] = [
  ['allow: a member', { allow: ['admin'] }, [admin], 'next', consumerGroups('admin')],
  ['allow: not a member', { allow: ['admin'] }, [two], '403 not-allowed', {}],
  ['allow: a member of no group', { allow: ['admin'] }, [none], '403 not-allowed', {}],
  ['allow: a group in another case', { allow: ['Admin'] }, [admin], '403 not-allowed', {}],
  ['allow: one of several', { allow: ['admin', 'ops'] }, [two], 'next', consumerGroups('dev, ops')],
  ['allow: nobody', { allow: ['admin'] }, [], '401 unauthenticated', {}],
  ['deny: a member', { deny: ['admin'] }, [admin], '403 not-allowed', {}],
  ['deny: not a member', { deny: ['admin'] }, [two], 'next', consumerGroups('dev, ops')],
  ['deny: a member of no group', { deny: ['admin'] }, [none], 'next', consumerGroups('')],
  ['deny: one of two', { deny: ['guests', 'dev'] }, [two], '403 not-allowed', {}],
  ['deny: nobody', { deny: ['admin'] }, [], '401 unauthenticated', {}],
  ['the header hidden', { allow: ['admin'], hide_groups_header: true }, [admin], 'next', {}],
  ['a stand-in with a group', { allow: ['guests'] }, [standIn('anon', 'guests')], 'next', consumerGroups('guests')],
  ['a stand-in with a denied group', { deny: ['guests'] }, [standIn('anon2', 'guests')], '403 not-allowed', {}],
  ['a stand-in without groups', { allow: ['admin'] }, [standIn('anon3')], '401 unauthenticated', {}],
  ['the last identity counts', { allow: ['admin'] }, [admin, two], '403 not-allowed', {}],
  [
    'groups of the proof, without a consumer',
    { allow: ['staff'] },
    [stranger],
    'next',
    { 'x-authenticated-groups': 'admin, staff' },
  ],
  ['groups of the proof, denied', { deny: ['staff'] }, [stranger], '403 not-allowed', {}],
  ['no groups and no consumer, but a credential', { allow: ['staff'] }, [fakeIdentity()], '403 not-allowed', {}],
  [
    'no groups, no consumer, no credential',
    { allow: ['staff'] },
    [fakeIdentity({ credential: null })],
    '401 unauthenticated',
    {},
  ],
  ['the consumer’s groups go first', { allow: ['admin'] }, [adminOfOtherGroups], 'next', consumerGroups('admin')],
  [
    'unless the proof’s are to',
    { allow: ['staff'], always_use_authenticated_groups: true },
    [adminOfOtherGroups],
    'next',
    { 'x-authenticated-groups': 'staff' },
  ],
  [
    'which a proof without groups does not change',
    { allow: ['admin'], always_use_authenticated_groups: true },
    [admin],
    'next',
    consumerGroups('admin'),
  ],
  ['a group with a comma', { allow: ['a,b'] }, [proven('comma', 'a,b', 'c d')], 'next', consumerGroups('a,b, c d')],
  [
    'a group that forges a header',
    { deny: ['x'] },
    [proven('evil', 'g\r\nX-Evil: 1', 'h')],
    'next',
    consumerGroups('h'),
  ],
  [
    'a group whose latin1 form forges a header',
    { deny: ['x'] },
    [proven('evil2', 'g\u560d\u560a')],
    'next',
    consumerGroups(Buffer.from('g\u560d\u560a').toString('latin1')),
  ],
]
for (const [sentence, config, identities, verdict, headers] of rows) {
  test(`${sentence}: ${verdict}`, () => {
    const exchange = new FakeExchange({ identities })
    assert.equal(inWords(judge(compilePolicy(acl, config, { directory }), exchange)), verdict)
    assert.deepEqual(exchange.upstream.set, headers)
  })
}

test('groups are looked up for each request', () => {
  const consumer = member('mover')
  const compiled = compilePolicy(acl, { allow: ['admin'] }, { directory })
  const ask = () => inWords(judge(compiled, new FakeExchange({ identities: [fakeIdentity({ consumer })] })))
  assert.equal(ask(), '403 not-allowed')
  const row = directory.addCredential('acls', null, { group: 'admin' }, consumer)
  assert.equal(ask(), 'next')
  directory.remove(row)
  assert.equal(ask(), '403 not-allowed')
})

test('exactly one of the two lists must be given', () => {
  const problems = (config: object) => acl.check?.(acl.config.parse(config))?.['@entity']?.length ?? 0
  assert.deepEqual(
    [{}, { allow: [], deny: [] }, { allow: ['a'], deny: ['b'] }, { allow: ['a'] }, { deny: ['b'], allow: [] }].map(
      problems,
    ),
    [2, 2, 1, 0, 0],
  )
})

test('both headers are the gateway’s to set', () => {
  assert.deepEqual(acl.identityHeaders?.(acl.config.parse({})), ['X-Consumer-Groups', 'X-Authenticated-Groups'])
})
