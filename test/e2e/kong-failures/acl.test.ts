/** `acl`: its table of decisions (§5.6), as callers read them and services hear of them. */
import { checkRows, gatewayWith, guarded, negotiated, type Row, served, told } from './rows.ts'

const consumer = (number: number, username: string, ...groups: string[]) => ({
  ...{ id: `a${number}000000-0000-4000-8000-000000000000`, username },
  keyauth_credentials: [{ id: `c${number}000000-0000-4000-8000-000000000000`, key: `key of ${username}` }],
  acls: groups.map((group) => ({ group })),
})
const admin = consumer(1, 'admin', 'admin')
const two = consumer(2, 'two', 'dev', 'ops')
const none = consumer(3, 'none')
const guest = consumer(4, 'guest', 'guests')
const nobody = consumer(5, 'nobody')
const comma = consumer(6, 'comma', 'a,b', 'c d')

const behindKey = (name: string, acl: object, auth: object = {}) => guarded(name, ['key-auth', auth], ['acl', acl])
gatewayWith(
  [
    behindKey('allow', { allow: ['admin', 'ops', 'a,b'] }),
    behindKey('deny', { deny: ['guests', 'ops'] }),
    behindKey('hide', { allow: ['admin'], hide_groups_header: true }),
    behindKey('always', { allow: ['admin'], always_use_authenticated_groups: true }),
    guarded('open-allow', ['acl', { allow: ['admin'] }]),
    guarded('open-deny', ['acl', { deny: ['admin'] }]),
    behindKey('guests', { allow: ['guests', 'admin'] }, { anonymous: 'guest' }),
    behindKey('guests-not-in', { allow: ['admin'] }, { anonymous: 'guest' }),
    behindKey('guests-denied', { deny: ['guests'] }, { anonymous: 'guest' }),
    behindKey('nobody', { allow: ['admin'] }, { anonymous: 'nobody' }),
    behindKey('nobody-deny', { deny: ['admin'] }, { anonymous: 'nobody' }),
    behindKey('preflight', { allow: ['admin'] }, { run_on_preflight: false }),
  ],
  [admin, two, none, guest, nobody, comma],
)

type Consumer = ReturnType<typeof consumer>
const by = (route: string, { username }: Consumer) => ({
  ...{ target: `/${route}`, headers: { apikey: `key of ${username}` } },
})
const letIn = (who: Consumer, groups: string | null) =>
  served({
    ...told({ id: who.id, username: who.username }, who.keyauth_credentials[0]!.id),
    ...(groups !== null && { 'x-consumer-groups': groups }),
  })
const standIn = ({ id, username }: Consumer, groups: string) =>
  served({ ...told({ id, username }, null), 'x-consumer-groups': groups })
const UNAUTHORIZED = negotiated(401, 'Unauthorized')
const FORBIDDEN = negotiated(403, 'You cannot consume this service')

const rows: Row[] = [
  ['§5.6 row 1: nobody was asked for, allow', { target: '/open-allow' }, UNAUTHORIZED],
  ['§5.6 row 1: nobody was asked for, deny', { target: '/open-deny' }, UNAUTHORIZED],
  ['§5.6 row 1: a key that nobody looked at', by('open-allow', admin), UNAUTHORIZED],
  ['§5.6 row 1: OPTIONS, which key-auth let pass', { target: '/preflight', method: 'OPTIONS' }, UNAUTHORIZED],
  ['§5.6 row 5: allow, a member', by('allow', admin), letIn(admin, 'admin')],
  ['§5.6 row 5: allow, a member by another of two', by('allow', two), letIn(two, 'dev, ops')],
  ['§5.6 row 5: a group with a comma', by('allow', comma), letIn(comma, 'a,b, c d')],
  ['§5.6 row 5: deny, not a member', by('deny', admin), letIn(admin, 'admin')],
  ['§5.6 row 5: groups are hidden', by('hide', admin), letIn(admin, null)],
  ['§5.6 row 5: groups of the proof are wanted, and it has none', by('always', admin), letIn(admin, 'admin')],
  ['§5.6 row 5: a stand-in goes by its own groups', { target: '/guests' }, standIn(guest, 'guests')],
  ['§5.6 row 5: a caller goes before the stand-in', by('guests', admin), letIn(admin, 'admin')],
  ['§5.6 row 6: no groups, allow', by('allow', none), FORBIDDEN],
  ['§5.6 row 6: no groups, groups of the proof are wanted', by('always', none), FORBIDDEN],
  ['§5.6 row 6: a stand-in without groups, allow', { target: '/nobody' }, UNAUTHORIZED],
  ['§5.6 row 6: a caller without groups, where a stand-in is', by('nobody', none), FORBIDDEN],
  ['§5.6 row 7: no groups, deny', by('deny', none), letIn(none, '')],
  ['§5.6 row 7: a stand-in without groups, deny', { target: '/nobody-deny' }, standIn(nobody, '')],
  ['§5.6 row 8: allow, not a member', by('allow', guest), FORBIDDEN],
  ['§5.6 row 8: deny, a member', by('deny', guest), FORBIDDEN],
  ['§5.6 row 8: deny, a member by one of two', by('deny', two), FORBIDDEN],
  ['§5.6 row 8: hidden groups count all the same', by('hide', guest), FORBIDDEN],
  ['§5.6 row 8: a stand-in that is not a member', { target: '/guests-not-in' }, FORBIDDEN],
  ['§5.6 row 8: a stand-in that is denied', { target: '/guests-denied' }, FORBIDDEN],
  ['§5.6: who is not known is not judged', { target: '/allow' }, negotiated(401, 'No API key found in request', 'Key')],
]
checkRows(rows)
