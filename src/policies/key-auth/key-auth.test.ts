import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeDirectory, FakeExchange, type FakeRequest, inWords, judge } from '../../policy/test-kit.ts'
import { keyAuth } from './handler.ts'

function aDirectory() {
  const directory = new FakeDirectory()
  const bob = directory.addConsumer({ username: 'bob' })
  for (const key of ['k', 'with space', 'ключ', '+/=%']) {
    directory.addCredential('keyauth_credentials', key, { key }, bob)
  }
  directory.addCredential('keyauth_credentials', 'orphan', { key: 'orphan' }, null)
  return { directory, bob }
}

const utf8 = (text: string) => Buffer.from(text).toString('latin1')
const form = 'application/x-www-form-urlencoded'
const send = (type: string, body: string, query = ''): FakeRequest => ({
  method: 'POST',
  query,
  headers: { 'content-type': type },
  body,
})
const inBody = { key_in_body: true }
const names = { key_names: ['x-api-key', 'api_key', 'apikey'] }
const parts = (...pairs: [name: string, value: string][]) =>
  `${pairs.map(([name, value]) => `--QQ\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`).join('')}--QQ--\r\n`
const multipart = 'multipart/form-data; boundary=QQ'

type Row = [sentence: string, config: object, request: FakeRequest, verdict: string]
const rows: Row[] = [
  ['no key', {}, {}, '401 key-missing'],
  ['a header', {}, { headers: { apikey: 'k' } }, 'identified bob'],
  ['an unknown key', {}, { headers: { apikey: 'x' } }, '401 key-unknown'],
  ['a key in upper case', {}, { headers: { apikey: 'K' } }, '401 key-unknown'],
  ['an empty header', {}, { headers: { apikey: '' } }, '401 key-missing'],
  ['a key with a space', {}, { headers: { apikey: 'with space' } }, 'identified bob'],
  ['a key beyond ASCII', {}, { headers: { apikey: utf8('ключ') } }, 'identified bob'],
  ['a key that is no UTF-8', {}, { headers: { apikey: '\xff' } }, '401 key-unknown'],
  ['a key with odd characters', {}, { headers: { apikey: '+/=%' } }, 'identified bob'],
  ['the same header twice', {}, { headers: { apikey: ['k', 'k'] } }, '401 key-several'],
  ['a list in one header', {}, { headers: { apikey: 'k, x' } }, '401 key-unknown'],
  ['a key whose consumer is gone', {}, { headers: { apikey: 'orphan' } }, '401 key-unknown'],
  ['the query', {}, { query: 'apikey=k' }, 'identified bob'],
  ['the query, percent-encoded', {}, { query: 'api%6bey=%6b' }, 'identified bob'],
  ['the query, plus for a space', {}, { query: 'apikey=with+space' }, 'identified bob'],
  ['the query, beyond ASCII', {}, { query: `apikey=${encodeURIComponent('ключ')}` }, 'identified bob'],
  ['the query, empty', {}, { query: 'apikey=' }, '401 key-missing'],
  ['the query, a bare name', {}, { query: 'apikey' }, '401 key-missing'],
  ['the query, twice', {}, { query: 'apikey=k&apikey=k' }, '401 key-several'],
  ['the query, another case', {}, { query: 'APIKEY=k' }, '401 key-missing'],
  ['the query, with brackets', {}, { query: 'apikey[]=k' }, '401 key-missing'],
  ['a header goes before the query', {}, { headers: { apikey: 'k' }, query: 'apikey=x' }, 'identified bob'],
  ['a bad header hides a good query', {}, { headers: { apikey: 'x' }, query: 'apikey=k' }, '401 key-unknown'],
  ['an empty header hides a good query', {}, { headers: { apikey: '' }, query: 'apikey=k' }, '401 key-missing'],
  ['the first name', names, { headers: { 'x-api-key': 'k' } }, 'identified bob'],
  ['a name with an underscore', names, { headers: { api_key: 'k' } }, 'identified bob'],
  ['a name with a dash for the underscore', names, { headers: { 'api-key': 'k' } }, 'identified bob'],
  ['a name with an underscore, in the query', names, { query: 'api_key=k' }, 'identified bob'],
  ['the third name', names, { headers: { apikey: 'k' } }, 'identified bob'],
  ['a bad first name hides a good third', names, { headers: { 'x-api-key': 'x', apikey: 'k' } }, '401 key-unknown'],
  [
    'the first name in the query goes first',
    names,
    { headers: { apikey: 'k' }, query: 'x-api-key=x' },
    '401 key-unknown',
  ],
  ['another name', { key_names: ['X-KEY'] }, { headers: { apikey: 'k' } }, '401 key-missing'],
  ['a name in upper case, header', { key_names: ['X-KEY'] }, { headers: { 'x-key': 'k' } }, 'identified bob'],
  ['a name in upper case, query', { key_names: ['X-KEY'] }, { query: 'X-KEY=k' }, 'identified bob'],
  ['a name in upper case, query in lower', { key_names: ['X-KEY'] }, { query: 'x-key=k' }, '401 key-missing'],
  ['Authorization, raw', { key_names: ['authorization'] }, { headers: { authorization: 'k' } }, 'identified bob'],
  ['header switched off', { key_in_header: false }, { headers: { apikey: 'k' } }, '401 key-missing'],
  ['query switched off', { key_in_query: false }, { query: 'apikey=k' }, '401 key-missing'],
  ['body not asked for', {}, send(form, 'apikey=k'), '401 key-missing'],
  ['a form', inBody, send(form, 'a=1&apikey=k'), 'identified bob'],
  ['a form, bad key', inBody, send(form, 'apikey=x'), '401 key-unknown'],
  ['a form, twice', inBody, send(form, 'apikey=k&apikey=k'), '401 key-several'],
  ['a form, a bare name', inBody, send(form, 'apikey'), '401 key-missing'],
  ['a form, encoded', inBody, send(form, 'api%6Bey=with+space'), 'identified bob'],
  ['a form in a GET', inBody, { ...send(form, 'apikey=k'), method: 'GET' }, 'identified bob'],
  ['JSON', inBody, send('application/json', '{"a":1,"apikey":"k"}'), 'identified bob'],
  ['JSON with a charset', inBody, send('application/json; charset=utf-8', '{"apikey":"k"}'), 'identified bob'],
  ['JSON, a number', inBody, send('application/json', '{"apikey":5}'), '401 key-missing'],
  ['JSON, null', inBody, send('application/json', '{"apikey":null}'), '401 key-missing'],
  ['JSON, a list', inBody, send('application/json', '{"apikey":["k"]}'), '401 key-several'],
  ['JSON, broken', inBody, send('application/json', '{"apikey":'), '401 key-missing'],
  ['JSON, a list at the top', inBody, send('application/json', '["apikey"]'), '401 key-missing'],
  ['JSON, beyond ASCII', inBody, send('application/json', utf8('{"apikey":"ключ"}')), 'identified bob'],
  ['multipart', inBody, send(multipart, parts(['a', '1'], ['apikey', 'k'])), 'identified bob'],
  [
    'multipart, quoted boundary',
    inBody,
    send('multipart/form-data; boundary="QQ"', parts(['apikey', 'k'])),
    'identified bob',
  ],
  ['multipart, twice', inBody, send(multipart, parts(['apikey', 'k'], ['apikey', 'k'])), '401 key-several'],
  ['multipart, another name', inBody, send(multipart, parts(['key', 'k'])), '401 key-missing'],
  ['multipart without an end', inBody, send(multipart, parts(['apikey', 'k']).slice(0, -6)), '401 key-missing'],
  ['multipart without a boundary', inBody, send('multipart/form-data', parts(['apikey', 'k'])), '401 key-missing'],
  ['text', inBody, send('text/plain', 'apikey=k'), '401 key-missing'],
  ['a body without a type', inBody, { method: 'POST', body: 'apikey=k' }, '401 key-missing'],
  ['a body too large to look at', inBody, { method: 'POST', headers: { 'content-type': form } }, '401 key-missing'],
  ['a bare query name hides the body', inBody, send(form, 'apikey=k', 'apikey'), '401 key-missing'],
  ['OPTIONS', {}, { method: 'OPTIONS' }, '401 key-missing'],
  ['OPTIONS, when preflights pass', { run_on_preflight: false }, { method: 'OPTIONS' }, 'abstain'],
]
for (const [sentence, config, request, verdict] of rows) {
  test(`${sentence}: ${verdict}`, () => {
    const exchange = new FakeExchange(request)
    assert.equal(inWords(judge(compilePolicy(keyAuth, config, aDirectory()), exchange)), verdict)
    assert.deepEqual([exchange.upstream.droppedHeaders, exchange.upstream.droppedQuery], [[], []])
  })
}

const hide = { hide_credentials: true }
const hideBody = { ...hide, ...inBody }
type HideRow = [
  sentence: string,
  config: object,
  request: FakeRequest,
  headers: string[],
  query: string[],
  body: string | null,
]
const hiding: HideRow[] = [
  ['a header', hide, { headers: { apikey: 'k' } }, ['apikey'], ['apikey'], null],
  ['a query', hide, { query: 'apikey=k&b=2' }, ['apikey'], ['apikey'], null],
  ['a bad key too', hide, { headers: { apikey: 'x' } }, ['apikey'], ['apikey'], null],
  [
    'both spellings of the header',
    { ...hide, key_names: ['api_key'] },
    { headers: { 'api-key': 'k' } },
    ['api_key', 'api-key'],
    ['api_key'],
    null,
  ],
  ['only the name that was found', { ...hide, key_names: ['a', 'b'] }, { headers: { b: 'k' } }, ['b'], ['b'], null],
  ['nothing, when there was no key', hide, {}, [], [], null],
  ['both, when there were two', hide, { headers: { apikey: ['k', 'k'] } }, ['apikey'], ['apikey'], null],
  ['both of a form', hideBody, send(form, 'apikey=k&a=1&apikey=k'), ['apikey'], ['apikey'], 'a=1'],
  ['a form', hideBody, send(form, 'apikey=k&a=%20+1&apikey%20=x'), ['apikey'], ['apikey'], 'a=%20+1&apikey%20=x'],
  [
    'a form, though the key was in the header',
    hideBody,
    { ...send(form, 'apikey=x&a=1'), headers: { 'content-type': form, apikey: 'k' } },
    ['apikey'],
    ['apikey'],
    'a=1',
  ],
  [
    'a form without the key stays as it is',
    hideBody,
    { ...send(form, 'a=1'), headers: { 'content-type': form, apikey: 'k' } },
    ['apikey'],
    ['apikey'],
    null,
  ],
  [
    'JSON, large numbers unharmed',
    hideBody,
    send('application/json', '{ "id": 12345678901234567890, "apikey": "k", "s": "a\\"},{[" , "o": {"apikey": [1, 2]}}'),
    ['apikey'],
    ['apikey'],
    '{"id": 12345678901234567890,"s": "a\\"},{[","o": {"apikey": [1, 2]}}',
  ],
  [
    'JSON, under an escaped name and twice',
    hideBody,
    send('application/json', '{"api\\u006bey":"x","apikey":"k"}'),
    ['apikey'],
    ['apikey'],
    '{}',
  ],
  [
    'multipart',
    hideBody,
    send(multipart, parts(['a', '1'], ['apikey', 'k'], ['b', '2'])),
    ['apikey'],
    ['apikey'],
    parts(['a', '1'], ['b', '2']),
  ],
]
for (const [sentence, config, request, headers, query, body] of hiding) {
  test(`hides ${sentence}`, () => {
    const exchange = new FakeExchange(request)
    judge(compilePolicy(keyAuth, config, aDirectory()), exchange)
    assert.deepEqual(exchange.upstream.droppedHeaders, headers)
    assert.deepEqual(exchange.upstream.droppedQuery, query)
    assert.equal(exchange.upstream.body, body)
  })
}

test('who is told of: the consumer, and the credential by its id, never its key', () => {
  const { directory, bob } = aDirectory()
  const compiled = compilePolicy(keyAuth, {}, { directory })
  const verdict = judge(compiled, new FakeExchange({ headers: { apikey: 'k' } }))
  assert.ok(verdict.kind === 'identified')
  assert.equal(verdict.identity.consumer, bob)
  assert.equal(verdict.identity.credential?.identifier, verdict.identity.credential?.id)
  assert.equal(judge(compiled, new FakeExchange({ headers: { apikey: 'k' } })), verdict, 'the same object each time')
})

test('a removed key is refused at once', () => {
  const { directory } = aDirectory()
  const compiled = compilePolicy(keyAuth, {}, { directory })
  const ask = () => inWords(judge(compiled, new FakeExchange({ headers: { apikey: 'k' } })))
  assert.equal(ask(), 'identified bob')
  directory.remove(directory.credential('keyauth_credentials', 'k')!)
  assert.equal(ask(), '401 key-unknown')
})

test('the challenge is Key, with the realm if there is one', () => {
  const challenge = (config: object) => {
    const verdict = judge(compilePolicy(keyAuth, config), new FakeExchange())
    return verdict.kind === 'denied' && verdict.detail.challenge
  }
  assert.equal(challenge({}), 'Key')
  assert.equal(challenge({ realm: 'key realm' }), 'Key realm="key realm"')
})

test('a body is collected only where keys may be in it', () => {
  const bytes = (config: object) => keyAuth.needs?.body?.(keyAuth.config.parse(config))
  assert.equal(bytes({}), 0)
  assert.equal(bytes(inBody), 1024 * 1024)
})
