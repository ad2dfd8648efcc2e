/**
 * `acl` with groups that the proof itself names (§5.6, rows 3 and 4). None of the policies that come with the gateway
 * brings such groups, as none of Kong's open-source plugins does; here a policy of a user's own takes them from a header.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { checkRows, gatewayWith, guarded, negotiated, type Row, served, told } from './rows.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-proven-groups-'))
after(() => rmSync(folder, { recursive: true }))
mkdirSync(join(folder, 'proven-groups'))
writeFileSync(
  join(folder, 'proven-groups', 'policy.ts'),
  `import { abstain, definePolicy, identified, record } from 'sallyport/policy'

export default definePolicy({
  name: 'proven-groups',
  phase: 'identify',
  priority: 1300,
  summary: 'Takes groups, and a consumer where one is named, from headers.',
  config: record({}),
  reasons: {},
  compile: (_config, { directory }) => ({
    request(exchange) {
      const groups = exchange.header('x-proof')
      if (groups === undefined) return abstain
      const name = exchange.header('x-proof-consumer')
      const consumer = name === undefined ? null : directory.consumerNamed(name)
      const credential = consumer === null ? null : { id: 'proof', identifier: 'proof' }
      const facts = { policy: 'proven-groups', claims: null, scopes: null, anonymous: false }
      return identified({ ...facts, consumer, credential, groups: groups.split(' ') })
    },
  }),
})
`,
)

const alice = { id: 'a1000000-0000-4000-8000-000000000000', username: 'alice' }
const guest = { id: 'a2000000-0000-4000-8000-000000000000', username: 'guest' }
const proof = ['proven-groups', {}] as const
const optional = ['key-auth', { anonymous: 'guest' }] as const
gatewayWith(
  [
    guarded('allow', proof, ['acl', { allow: ['staff'] }]),
    guarded('deny', proof, ['acl', { deny: ['staff'] }]),
    guarded('hide', proof, ['acl', { allow: ['staff'], hide_groups_header: true }]),
    guarded('guests', proof, optional, ['acl', { allow: ['staff'] }]),
    guarded('guests-deny', proof, optional, ['acl', { deny: ['staff'] }]),
    guarded('always', proof, ['acl', { allow: ['staff'], always_use_authenticated_groups: true }]),
    guarded('own', proof, ['acl', { allow: ['own'] }]),
  ],
  [{ ...alice, acls: [{ group: 'own' }] }, guest],
  { policies: [folder] },
)

const by = (route: string, groups: string, consumer?: string) => ({
  target: `/${route}`,
  headers: { 'x-proof': groups, ...(consumer !== undefined && { 'x-proof-consumer': consumer }) },
})
const FORBIDDEN = negotiated(403, 'You cannot consume this service')
const groups = (names: string) => ({ 'x-authenticated-groups': names })
const asAlice = told(alice, 'proof')

const rows: Row[] = [
  ['§5.6 row 3: no consumer, one of its groups is allowed', by('allow', 'x staff'), served(groups('x, staff'))],
  ['§5.6 row 3: no consumer, none is allowed', by('allow', 'x'), FORBIDDEN],
  ['§5.6 row 3: no consumer, one is denied', by('deny', 'x staff'), FORBIDDEN],
  ['§5.6 row 3: no consumer, none is denied', by('deny', 'x'), served(groups('x'))],
  ['§5.6 row 3: no consumer, groups are hidden', by('hide', 'staff'), served({})],
  [
    '§5.6 row 4: a stand-in goes by groups that were proven',
    by('guests', 'staff'),
    served({ ...told(guest, null), ...groups('staff') }),
  ],
  ['§5.6 row 4: a stand-in, not in the groups', by('guests', 'x'), FORBIDDEN],
  ['§5.6 row 4: a stand-in, denied', by('guests-deny', 'staff'), FORBIDDEN],
  [
    '§5.6 row 4: a consumer, proven groups are to be used',
    by('always', 'staff', 'alice'),
    served({ ...asAlice, ...groups('staff') }),
  ],
  ['§5.6 row 4: a consumer, proven groups are to be used, and are others', by('always', 'own', 'alice'), FORBIDDEN],
  [
    '§5.6 row 5: a consumer goes by its own groups else',
    by('own', 'staff', 'alice'),
    served({ ...asAlice, 'x-consumer-groups': 'own' }),
  ],
  ['§5.6 row 5: proven groups are nothing then', by('allow', 'staff', 'alice'), FORBIDDEN],
]
checkRows(rows)
