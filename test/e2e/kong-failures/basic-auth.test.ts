/** `basic-auth`: who is refused and how, row by row (§5.3), and what the service hears of who is not. */

import { scryptPassword } from '../../../src/identity/password/scrypt.ts'
import { type Ask, checkRows, gatewayWith, guarded, negotiated, type Row, served, told } from './rows.ts'

const alice = { id: 'a1000000-0000-4000-8000-000000000000', username: 'alice', custom_id: 'alice-7' }
const guest = { id: 'a2000000-0000-4000-8000-000000000000', username: 'guest' }
gatewayWith(
  [
    guarded('plain', ['basic-auth', {}]),
    guarded('realm', ['basic-auth', { realm: 'R "1"' }]),
    guarded('hide', ['basic-auth', { hide_credentials: true }]),
    guarded('guests', ['basic-auth', { anonymous: 'guest' }]),
    guarded('hide-guests', ['basic-auth', { anonymous: 'guest', hide_credentials: true }]),
  ],
  [
    {
      ...alice,
      basicauth_credentials: [
        { username: 'alice', password: 'open sesame' },
        { username: 'colon', password: 'a:b:c' },
        { username: 'blank', password: ' ' },
        // as the Admin API keeps it
        { username: 'slow', password: await scryptPassword.hash('open sesame') },
      ],
    },
    guest,
  ],
)

const encoded = (text: string) => Buffer.from(text).toString('base64')
const GOOD = `Basic ${encoded('alice:open sesame')}`
const WRONG = `Basic ${encoded('alice:x')}`
const UNKNOWN = `Basic ${encoded('nobody:open sesame')}`
const by = (route: string, authorization: string, more: Record<string, string> = {}): Ask => ({
  ...{ target: `/${route}`, headers: { authorization, ...more } },
})
const refused = negotiated(401, 'Unauthorized', 'Basic realm="service"')
const refusedInR = negotiated(401, 'Unauthorized', 'Basic realm="R \\"1\\""')
const letIn = (identifier = 'alice', headers: Record<string, string | null> = {}) =>
  served(told(alice, identifier), headers)

const unparsable: [what: string, value: string][] = [
  ['empty', ''],
  ['another scheme', `Bearer ${encoded('alice:open sesame')}`],
  ['BASIC in capitals', `BASIC ${encoded('alice:open sesame')}`],
  ['the scheme alone', 'Basic'],
  ['no base64', 'Basic !!!'],
  ['no colon', `Basic ${encoded('alice')}`],
  ['no name', `Basic ${encoded(':open sesame')}`],
  ['bytes that are no text', `Basic ${Buffer.from('\xff:x', 'latin1').toString('base64')}`],
]
const rows: Row[] = [
  ['§5.3 no header', { target: '/plain' }, refused],
  ['§5.3 no header: realm', { target: '/realm' }, refusedInR],
  ...unparsable.flatMap(([what, value]): Row[] => [
    [`§5.3 unparsable: ${what}`, by('plain', value), refused],
    [`§5.3 unparsable: ${what} (realm)`, by('realm', value), refusedInR],
  ]),
  ['§5.3 unparsable: both headers', by('plain', 'Basic x', { 'proxy-authorization': 'x' }), refused],
  ['§5.3 unknown user', by('plain', UNKNOWN), refused],
  ['§5.3 unknown user: realm', by('realm', UNKNOWN), refusedInR],
  ['§5.3 unknown user: in another case', by('plain', `Basic ${encoded('Alice:open sesame')}`), refused],
  ['§5.3 bad password', by('plain', WRONG), refused],
  ['§5.3 bad password: realm', by('realm', WRONG), refusedInR],
  ['§5.3 bad password: none', by('plain', `Basic ${encoded('alice:')}`), refused],
  ['§5.3 bad password: against scrypt', by('plain', `Basic ${encoded('slow:x')}`), refused],
  ['§5.3 bad password: where it would be hidden', by('hide', WRONG), refused],
  [
    '§5.3 bad password: Proxy-Authorization of a known user goes before a good Authorization',
    by('plain', GOOD, { 'proxy-authorization': WRONG }),
    refused,
  ],
  ['§5.3: OPTIONS is asked too', { target: '/plain', method: 'OPTIONS' }, refused],

  ['§5.3: SHA-1', by('plain', GOOD), letIn('alice', { authorization: GOOD })],
  ['§5.3: scrypt', by('plain', `Basic ${encoded('slow:open sesame')}`), letIn('slow')],
  ['§5.3: basic in small letters, no blank', by('plain', `basic${encoded('alice:open sesame')}`), letIn()],
  ['§5.3: colons in the password', by('plain', `Basic ${encoded('colon:a:b:c')}`), letIn('colon')],
  ['§5.3: a password of one blank', by('plain', `Basic ${encoded('blank: ')}`), letIn('blank')],
  ['§5.3: Proxy-Authorization', { target: '/plain', headers: { 'proxy-authorization': GOOD } }, letIn()],
  ['§5.3: Proxy-Authorization unparsable', by('plain', GOOD, { 'proxy-authorization': 'Basic x' }), letIn()],
  ['§5.3: Proxy-Authorization of nobody', by('plain', GOOD, { 'proxy-authorization': UNKNOWN }), letIn()],
  ['§5.3: Proxy-Authorization good, Authorization bad', by('plain', WRONG, { 'proxy-authorization': GOOD }), letIn()],
  ['§5.3 hidden: Authorization', by('hide', GOOD), letIn('alice', { authorization: null })],
  [
    '§5.3 hidden: Proxy-Authorization alone, where it was good',
    by('hide', WRONG, { 'proxy-authorization': GOOD }),
    letIn('alice', { authorization: WRONG, 'proxy-authorization': null }),
  ],
  [
    '§5.3 hidden: both that were looked at',
    by('hide', GOOD, { 'proxy-authorization': UNKNOWN }),
    letIn('alice', { authorization: null, 'proxy-authorization': null }),
  ],

  ['§4.3: no header, and a stand-in', { target: '/guests' }, served(told(guest, null))],
  ['§4.3: unparsable, and a stand-in', by('guests', 'x'), served(told(guest, null), { authorization: 'x' })],
  ['§4.3: an unknown user, and a stand-in', by('guests', UNKNOWN), served(told(guest, null))],
  ['§4.3: a bad password, and a stand-in', by('guests', WRONG), served(told(guest, null), { authorization: WRONG })],
  ['§4.3: a bad password is hidden', by('hide-guests', WRONG), served(told(guest, null), { authorization: null })],
  ['§4.3: a good password goes before the stand-in', by('guests', GOOD), letIn()],
]
checkRows(rows)
