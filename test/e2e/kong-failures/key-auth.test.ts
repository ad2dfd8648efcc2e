/** `key-auth`: who is refused and how, row by row (§5.2), and what the service hears of who is not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { statusOf } from '../engine/message.ts'
import {
  type Ask,
  answerTo,
  checkRefused,
  checkRows,
  checkServed,
  clock,
  forget,
  gatewayWith,
  guarded,
  NOW,
  negotiated,
  type Row,
  served,
  told,
} from './rows.ts'

const alice = { id: 'a1000000-0000-4000-8000-000000000000', username: 'alice', custom_id: 'alice-7' }
const guest = { id: 'a2000000-0000-4000-8000-000000000000', username: 'guest' }
const ALICES = 'c1000000-0000-4000-8000-000000000000'
gatewayWith(
  [
    guarded('plain', ['key-auth', {}]),
    guarded('realm', ['key-auth', { realm: 'R "1"' }]),
    guarded('names', ['key-auth', { key_names: ['x-key', 'apikey'] }]),
    guarded('nowhere', ['key-auth', { key_in_header: false, key_in_query: false }]),
    guarded('no-header', ['key-auth', { key_in_header: false }]),
    guarded('no-query', ['key-auth', { key_in_query: false }]),
    guarded('body', ['key-auth', { key_in_body: true, realm: 'R' }]),
    guarded('hide', ['key-auth', { hide_credentials: true, key_in_body: true }]),
    guarded('preflight', ['key-auth', { run_on_preflight: false }]),
    guarded('guests', ['key-auth', { anonymous: 'guest' }]),
    guarded('hide-guests', ['key-auth', { anonymous: 'guest', hide_credentials: true, key_in_body: true }]),
  ],
  [
    {
      ...alice,
      keyauth_credentials: [
        { id: ALICES, key: 'open-sesame' },
        { key: 'short', ttl: 60 },
      ],
    },
    guest,
  ],
)

const NONE = 'No API key found in request'
const TWICE = 'Duplicate API key found'
const refused = (message: string, challenge = 'Key') => negotiated(401, message, challenge)
const R = 'Key realm="R \\"1\\""'
const letIn = (headers: Record<string, string | null> = {}, more: { target?: string; body?: string } = {}) =>
  served(told(alice, ALICES), headers, more)
const by = (route: string, key: string | readonly string[], more: Partial<Ask> = {}): Ask => ({
  ...{ target: `/${route}`, headers: { apikey: key } },
  ...more,
})
const form = (route: string, body: string): Ask => ({
  ...{ target: `/${route}`, method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body },
})
const json = (route: string, body: string): Ask => ({
  ...{ target: `/${route}`, method: 'POST', headers: { 'content-type': 'application/json' }, body },
})
const multipart = (route: string, ...keys: string[]): Ask => ({
  ...{ target: `/${route}`, method: 'POST', headers: { 'content-type': 'multipart/form-data; boundary=QQ' } },
  body: `${keys.map((key) => `--QQ\r\nContent-Disposition: form-data; name="apikey"\r\n\r\n${key}\r\n`).join('')}--QQ--\r\n`,
})

const rows: Row[] = [
  ['§5.2 repeated: two headers', by('plain', ['open-sesame', 'x']), refused(TWICE)],
  ['§5.2 repeated: the same key twice', by('plain', ['open-sesame', 'open-sesame']), refused(TWICE)],
  ['§5.2 repeated: two arguments', { target: '/plain?apikey=open-sesame&apikey=x' }, refused(TWICE)],
  ['§5.2 repeated: realm', by('realm', ['open-sesame', 'x']), refused(TWICE, R)],
  ['§5.2 repeated: in a form', form('body', 'apikey=open-sesame&apikey=x'), refused(TWICE, 'Key realm="R"')],
  ['§5.2 repeated: a list in JSON', json('body', '{"apikey":["open-sesame"]}'), refused(TWICE, 'Key realm="R"')],
  ['§5.2 repeated: two parts', multipart('body', 'open-sesame', 'x'), refused(TWICE, 'Key realm="R"')],

  ['§5.2 none: nothing', { target: '/plain' }, refused(NONE)],
  ['§5.2 none: realm', { target: '/realm' }, refused(NONE, R)],
  ['§5.2 none: an empty header', by('plain', ''), refused(NONE)],
  [
    '§5.2 none: an empty header goes before a good argument',
    by('plain', '', { target: '/plain?apikey=open-sesame' }),
    refused(NONE),
  ],
  ['§5.2 none: an empty argument', { target: '/plain?apikey=' }, refused(NONE)],
  ['§5.2 none: an argument without value', { target: '/plain?apikey' }, refused(NONE)],
  ['§5.2 none: another name', { target: '/plain?key=open-sesame', headers: { key: 'open-sesame' } }, refused(NONE)],
  [
    '§5.2 none: nowhere to look',
    by('nowhere', 'open-sesame', { target: '/nowhere?apikey=open-sesame' }),
    refused(NONE),
  ],
  ['§5.2 none: headers not looked at', by('no-header', 'open-sesame'), refused(NONE)],
  ['§5.2 none: arguments not looked at', { target: '/no-query?apikey=open-sesame' }, refused(NONE)],
  ['§5.2 none: bodies not looked at', form('plain', 'apikey=open-sesame'), refused(NONE)],
  ['§5.2 none: a body that cannot be read', json('body', '{"apikey":'), refused(NONE, 'Key realm="R"')],
  ['§5.2 none: a number in JSON', json('body', '{"apikey":5}'), refused(NONE, 'Key realm="R"')],
  [
    '§5.2 none: a body of another type',
    { target: '/body', method: 'POST', headers: { 'content-type': 'text/plain' }, body: 'apikey=open-sesame' },
    refused(NONE, 'Key realm="R"'),
  ],

  ['§5.2 unknown: in the header', by('plain', 'x'), refused('Unauthorized')],
  ['§5.2 unknown: realm', by('realm', 'x'), refused('Unauthorized', R)],
  ['§5.2 unknown: in another case', by('plain', 'Open-Sesame'), refused('Unauthorized')],
  ['§5.2 unknown: as an argument', { target: '/plain?apikey=x' }, refused('Unauthorized')],
  ['§5.2 unknown: in a body', form('body', 'apikey=x'), refused('Unauthorized', 'Key realm="R"')],
  [
    '§5.2 unknown: a header goes before an argument',
    by('plain', 'x', { target: '/plain?apikey=open-sesame' }),
    refused('Unauthorized'),
  ],
  [
    '§5.2 unknown: the first name goes before the second',
    { target: '/names?x-key=x', headers: { apikey: 'open-sesame' } },
    refused('Unauthorized'),
  ],
  ['§5.2 unknown: a key that is hidden', by('hide', 'x'), refused('Unauthorized')],

  ['§5.2: in the header', by('plain', 'open-sesame'), letIn({ apikey: 'open-sesame' })],
  ['§5.2: the header in another case', { target: '/plain', headers: { APIKey: 'open-sesame' } }, letIn()],
  [
    '§5.2: as an argument',
    { target: '/plain?apikey=open-sesame&a=1' },
    letIn({}, { target: '/plain?apikey=open-sesame&a=1' }),
  ],
  ['§5.2: as an argument, escaped', { target: '/plain?apikey=open%2Dsesame' }, letIn()],
  ['§5.2: by the first name', { target: '/names', headers: { 'x-key': 'open-sesame' } }, letIn()],
  ['§5.2: by the second name', by('names', 'open-sesame'), letIn()],
  ['§5.2: in a form', form('body', 'apikey=open-sesame'), letIn({}, { body: 'apikey=open-sesame' })],
  ['§5.2: in JSON', json('body', '{"apikey":"open-sesame"}'), letIn()],
  ['§5.2: in a part', multipart('body', 'open-sesame'), letIn()],
  ['§5.2 hidden: header', by('hide', 'open-sesame'), letIn({ apikey: null })],
  ['§5.2 hidden: argument', { target: '/hide?a=1&apikey=open-sesame' }, letIn({}, { target: '/hide?a=1' })],
  [
    '§5.2 hidden: header, and the argument of that name',
    by('hide', 'open-sesame', { target: '/hide?apikey=x' }),
    letIn({ apikey: null }, { target: '/hide' }),
  ],
  ['§5.2 hidden: form', form('hide', 'a=1&apikey=open-sesame'), letIn({}, { body: 'a=1' })],
  ['§5.2 hidden: JSON', json('hide', '{"a":1,"apikey":"open-sesame"}'), letIn({}, { body: '{"a":1}' })],

  ['§5.0: OPTIONS is asked too', { target: '/plain', method: 'OPTIONS' }, refused(NONE)],
  ['§5.0: OPTIONS, where preflights pass', by('preflight', 'x', { method: 'OPTIONS' }), served({}, { apikey: 'x' })],
  ['§5.0: GET, where preflights pass', { target: '/preflight' }, refused(NONE)],

  ['§4.3: no key, and a stand-in', { target: '/guests' }, served(told(guest, null))],
  ['§4.3: an unknown key, and a stand-in', by('guests', 'x'), served(told(guest, null), { apikey: 'x' })],
  ['§4.3: two keys, and a stand-in', { target: '/guests?apikey=a&apikey=b' }, served(told(guest, null))],
  ['§4.3: a good key goes before the stand-in', by('guests', 'open-sesame'), letIn()],
  ['§4.3: an unknown key is hidden, header', by('hide-guests', 'x'), served(told(guest, null), { apikey: null })],
  [
    '§4.3: an unknown key is hidden, argument',
    { target: '/hide-guests?a=1&apikey=x' },
    served(told(guest, null), {}, { target: '/hide-guests?a=1' }),
  ],
  [
    '§4.3: an unknown key is hidden, form',
    form('hide-guests', 'a=1&apikey=x'),
    served(told(guest, null), {}, { body: 'a=1' }),
  ],
]
checkRows(rows)

test('§5.2 expired: a key is good until its time, counted from when the file was read', async () => {
  try {
    clock.time = NOW + 59_000
    checkServed(await answerTo(by('plain', 'open-sesame')), letIn())
    assert.equal(statusOf(await answerTo(by('plain', 'short'))), 200)
    clock.time = NOW + 61_000
    forget()
    checkRefused(await answerTo(by('plain', 'short')), refused('Unauthorized'))
    checkServed(await answerTo(by('plain', 'open-sesame')), letIn())
  } finally {
    clock.time = NOW
  }
})
