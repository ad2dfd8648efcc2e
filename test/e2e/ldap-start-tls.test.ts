/** Somebody between gateway and LDAP server who can't break TLS, but may say what he likes before it begins. */
import assert from 'node:assert/strict'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { after, before, test } from 'node:test'
import tls, { TLSSocket } from 'node:tls'
import { selfSigned } from '../../src/plane/listener/self-signed.ts'
import { dialer } from '../../src/policies/ldap-auth/connection.ts'
import { config } from '../../src/policies/ldap-auth/schema.ts'

const success = (messageId: number, operation: number, code = 0) => [
  ...[0x30, 12, 2, 1, messageId],
  ...[operation, 7, 0x0a, 1, code, 4, 0, 4, 0],
]
const EXTENDED = 0x78
const BIND = 0x61
const INVALID_CREDENTIALS = 49
/** An answer to the bind that is to come, of which one byte is still to come: the first of the server's own answer. */
const allButTheLast = [0x30, 13, 2, 1, 3, BIND, 8, 0x0a, 1, 0, 4, 0, 4, 1]

let server: Server
/** What follows the answer to StartTLS, in the clear. */
let injected: readonly number[] = []
before(async () => {
  const pair = await selfSigned(new Date())
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), pair.cert])
  server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', (request) => {
      socket.write(Buffer.from([...success(request[4]!, EXTENDED), ...injected]))
      const secure = new TLSSocket(socket, { isServer: true, ...pair })
      secure.on('error', () => {})
      secure.on('data', (bind) => secure.write(Buffer.from(success(bind[4]!, BIND, INVALID_CREDENTIALS))))
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
})
after(() => server.close())

async function bind(): Promise<string> {
  const { port } = server.address() as AddressInfo
  const dial = dialer(
    config.parse({
      ...{ ldap_host: 'localhost', ldap_port: port, base_dn: 'dc=test', attribute: 'uid' },
      ...{ start_tls: true, verify_ldap_host: true, timeout: 5000 },
    }),
  )
  const connection = dial()
  try {
    return await connection.bind('uid=alice,dc=test', 'wrong')
  } catch (error) {
    return String(error)
  } finally {
    connection.close()
  }
}

const CLEAR = 'Error: the server said more in the clear than that TLS may begin'
const rows: [sentence: string, injected: readonly number[], said: string][] = [
  ['nothing: the server refuses the password', [], 'bad'],
  ['an answer to the bind that is to come', success(3, BIND), CLEAR],
  ['an answer that the first byte under TLS completes', allButTheLast, CLEAR],
]
for (const [sentence, bytes, said] of rows) {
  test(`in the clear behind the answer to StartTLS: ${sentence}`, async () => {
    injected = bytes
    assert.equal(await bind(), said)
  })
}
