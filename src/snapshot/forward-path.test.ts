import assert from 'node:assert/strict'
import { test } from 'node:test'
import { forwardPath } from './forward-path.ts'

/** Service path, matched text, whether it is cut off, the request's normal path, what the service gets. */
const rows: readonly (readonly [
  service: string | null,
  matched: string,
  strip: boolean,
  path: string,
  result: string,
])[] = [
  ['/', '/route', true, '/route', '/'],
  ['/', '/route', true, '/route/', '/'],
  ['/', '/route', true, '/routereq', '/req'],
  [null, '/route', true, '/route/x', '/x'],
  [null, '/keep', false, '/keep/x/y', '/keep/x/y'],
  ['/srv', '/rou', false, '/roureq', '/srv/roureq'],
  ['/srv', '/rou', true, '/roureq', '/srv/req'],
  ['/srv/', '/rou', false, '/rou', '/srv/rou'],
  ['/srv/', '/rou', true, '/rou', '/srv'],
  ['/service', '/', true, '/', '/service'],
  ['/service', '/', false, '/', '/service'],
  ['/service', '/', true, '/route', '/service/route'],
  ['/service', '/', false, '/route', '/service/route'],
  ['/service', '/', true, '/route/', '/service/route/'],
  ['/service/', '/', true, '/', '/service/'],
  ['/service/', '/', false, '/', '/service/'],
  ['/service/', '/', true, '/route', '/service/route'],
  ['/service', '/route', true, '/route', '/service'],
  ['/service', '/route', true, '/route/', '/service/'],
  ['/service', '/route', true, '/routereq', '/service/req'],
  ['/service/', '/route', true, '/route', '/service'],
  ['/service/', '/route', true, '/route/', '/service/'],
  ['/service/', '/route/', true, '/route/', '/service/'],
  ['/service', '/route', false, '/route/', '/service/route/'],
  ['/service', '', true, '/', '/service'],
  ['/service', '', false, '/route', '/service/route'],
  ['/service', '', true, '/route', '/service/route'],
  [null, '/trail/', true, '/trail/x', '/x'],
  [null, '/re/123', true, '/re/123', '/'],
  [null, '/open/42', true, '/open/42/tail', '/tail'],
  ['/is-regex', '/both/abc/longest/x', true, '/both/abc/longest/x', '/is-regex'],

  ['/service', '/route', true, '/route./req', '/service/req'],
  ['/service', '/route', true, '/route../req', '/service/req'],
  ['/service', '/route', true, '/route..', '/service'],
  ['/service', '/route', false, '/route./req', '/service/route./req'],
  ['/service', '/route', true, '/route..;/req', '/service/;/req'],
  ['/service', '/route', true, '/route..%2Freq', '/service/%2Freq'],
  ['/service', '/route', true, '/route..\\req', '/service/%5Creq'],
  ['/service', '/route', true, '/route..%3Breq', '/service/%3Breq'],
  ['/service', '/route', true, '/route...x', '/service/...x'],

  [null, '/enc oded', true, '/enc oded/x', '/x'],
  [null, '/plain', true, '/plain/a b', '/a%20b'],
  [null, '/plain', true, '/plain/\xc3\xa9', '/%C3%A9'],
  [null, '/plain', true, '/plain%2Fx/y', '/%2Fx/y'],
  [null, '/plain', true, '/plain/a%2Fb', '/a%2Fb'],
  [null, '/plain', true, '/plain;v=1/x', '/;v=1/x'],
  [null, '/plain', true, '/plain/x#frag', '/x#frag'],
  [null, '/plain', true, '/plain/a\\b"<>^`{|}', '/a%5Cb%22%3C%3E%5E%60%7B%7C%7D'],
  [null, '/', false, '/%0D%0AX: y', '/%0D%0AX:%20y'],
]

for (const [service, matched, stripPath, path, result] of rows) {
  const how = stripPath ? 'without' : 'with'
  test(`service ${service}, ${path} ${how} its ${matched || 'nothing'} is ${result}`, () => {
    assert.equal(forwardPath({ stripPath }, { path: service }, path, matched.length), result)
  })
}

test('without a service the path is forwarded from the root', () => {
  assert.equal(forwardPath({ stripPath: true }, null, '/a/b', 2), '/b')
})
