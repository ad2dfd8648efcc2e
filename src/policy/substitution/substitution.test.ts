import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FakeExchange, type FakeRequest, FakeResponse } from '../test-kit.ts'
import { headerSubstitution, jsonSubstitution, substitutionProblem, textSubstitution } from './substitution.ts'

const request: FakeRequest = {
  path: '/p',
  query: 'q=x%20y&bare',
  host: 'a.test:81',
  headers: { 'x-user': 'bee', 'x-bytes': 'b\xc3\xa9' },
  connection: { sni: 'a.test' },
  now: Date.UTC(2026, 10, 26, 6, 23, 25, 20),
}
const exchange = new FakeExchange(request)
exchange.shared.set('jwt', { payload: { sub: 'é', n: 7, list: [1] } })

const values: [source: string, value: string][] = [
  ['plain', 'plain'],
  ['100%%', '100%'],
  ['é', '\xc3\xa9'],
  ['<%REQ(X-User)%>', '<bee>'],
  ['%REQ(x-none)%', ''],
  ['%REQ(x-none?x-user)%', 'bee'],
  ['%REQ(x-user):2%', 'be'],
  ['%REQ(x-bytes)%', 'b\xc3\xa9'],
  ['%REQ(:method)% %REQ(:path)% %REQ(:authority)% %REQ(:scheme)%', 'GET /p?q=x%20y&bare a.test:81 http'],
  ['%REQ(x-forwarded-proto)%://%REQ(host)%/x', 'http://a.test:81/x'],
  ['%PATH%|%PATH(WQ)%|%PATH(NQ)%', '/p?q=x%20y&bare|/p?q=x%20y&bare|/p'],
  ['%QUERY_PARAM(q)%|%QUERY_PARAM(bare)%|%QUERY_PARAM(none)%', 'x y||'],
  ['%PROTOCOL%', 'HTTP/1.1'],
  ['%START_TIME%', '2026-11-26T06:23:25.020Z'],
  ['%START_TIME(%Y/%m/%d %T.%3f %s)%', '2026/11/26 06:23:25.020 1795674205'],
  ['%DOWNSTREAM_REMOTE_ADDRESS%', '192.0.2.1:50000'],
  ['%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%', '192.0.2.1'],
  ['%DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_PORT%', '192.0.2.100:8000 8000'],
  ['%REQUESTED_SERVER_NAME%', 'a.test'],
  ['%DYNAMIC_METADATA(jwt:payload:sub)%', '\xc3\xa9'],
  ['%DYNAMIC_METADATA(jwt:payload:n)%%DYNAMIC_METADATA(jwt:payload:list)%', '7[1]'],
  ['%DYNAMIC_METADATA(jwt:payload:toString)%', ''],
  ['%RESPONSE_CODE% %RESP(x-up)%', '503 u'],
]
for (const [source, value] of values) {
  test(`'${source}' is '${value}' in a header`, () => {
    const { status, header } = new FakeResponse(503, { 'x-up': 'u' })
    void header
    assert.equal(headerSubstitution(source)(exchange, new FakeResponse(status, { 'x-up': 'u' })), value)
  })
}

test('an address behind a trusted proxy has no port of its own', () => {
  const behind = new FakeExchange({ clientIp: '2001:db8::1', connection: { ip: '192.0.2.9' } })
  assert.equal(headerSubstitution('%DOWNSTREAM_REMOTE_ADDRESS%')(behind, null), '[2001:db8::1]:0')
  assert.equal(headerSubstitution('%DOWNSTREAM_DIRECT_REMOTE_ADDRESS%')(behind, null), '192.0.2.9:50000')
})

const texts: [source: string, text: string][] = [
  ['hi %REQ(x-none)%|%REQ(x-user)%', 'hi -|bee'],
  ['%REQ(x-bytes)%', 'bé'],
]
for (const [source, text] of texts) {
  test(`'${source}' is '${text}' in a body`, () => assert.equal(textSubstitution(source)(exchange), text))
}

test('a JSON document is sorted and filled in, values by their type', () => {
  const document = {
    z: '%REQ(x-user)%',
    a: 'hi %REQ(x-none)%',
    c: '%REQ(x-none)%',
    d: [1, '%REQ(x-user):2%', { y: true, x: null }],
    p: '%DOWNSTREAM_LOCAL_PORT%',
    q: '%DOWNSTREAM_LOCAL_PORT% ',
  }
  assert.equal(
    jsonSubstitution(document)(exchange),
    '{"a":"hi -","c":null,"d":[1,"be",{"x":null,"y":true}],"p":8000,"q":"8000 ","z":"bee"}',
  )
})

const problems: [source: string, problem: RegExp][] = [
  ['50% off', /no operator at position 2/],
  ['%NOPE%', /%NOPE% is not known here/],
  ['%REQ%', /%REQ%: expected NAME/],
  ['%REQ(a?b?c)%', /expected NAME/],
  ['%PROTOCOL(x)%', /takes no argument/],
  ['%DYNAMIC_METADATA(a::b)%', /expected NAMESPACE/],
  ['%START_TIME(%q)%', /'%q' is not known in a time/],
  ['%PATH(X)%', /expected WQ or NQ/],
  ['%QUERY_PARAM()%', /expected the name/],
]
for (const [source, problem] of problems) {
  test(`'${source}' is refused`, () => assert.match(String(substitutionProblem(source)), problem))
}
