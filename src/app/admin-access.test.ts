import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { adminAccessProblem } from './admin-access.ts'

const at = (host: string) => ({ admin: { host, port: 8001 } })
const rows: [sentence: string, settings: Parameters<typeof adminAccessProblem>[0], problem: RegExp | null][] = [
  ['loopback asks nobody', at('127.0.0.1'), null],
  ['nor do its other names', at('LOCALHOST'), null],
  ['nor ::1', at('::1'), null],
  ['nor an Admin API that is off', { admin: null, adminCert: 'c' }, null],
  ['every address wants a token', at('0.0.0.0'), /add --admin-token-file FILE .* or SALLYPORT_ADMIN_TOKEN/],
  ['so does every address of IPv6', at('::'), /--admin-token-file/],
  ['and a name', at('gateway.example.com'), /'gateway\.example\.com' is reached from other machines/],
  ['TLS alone lets everybody in', { ...at('0.0.0.0'), adminCert: 'c', adminKey: 'k' }, /--admin-token-file/],
  ['a file of tokens is enough', { ...at('0.0.0.0'), adminTokenFile: 'f' }, null],
  ['a token is enough', { ...at('0.0.0.0'), adminToken: 't' }, null],
  ['certificates are enough', { ...at('0.0.0.0'), adminCert: 'c', adminKey: 'k', adminClientCa: 'a' }, null],
  ['certificates of callers take TLS', { ...at('127.0.0.1'), adminClientCa: 'a' }, /add --admin-cert and --admin-key/],
  ['a certificate without a key', { ...at('127.0.0.1'), adminCert: 'c' }, /^--admin-cert needs --admin-key/],
  ['a key without a certificate', { ...at('127.0.0.1'), adminKey: 'k' }, /^--admin-key needs --admin-cert/],
  ['a token that no header could carry', { ...at('127.0.0.1'), adminToken: 'a b' }, /^SALLYPORT_ADMIN_TOKEN: expected/],
]

describe('access to the Admin API', () => {
  for (const [sentence, settings, problem] of rows) {
    it(sentence, () => {
      const found = adminAccessProblem(settings)
      if (problem === null) assert.equal(found, null)
      else assert.match(found ?? '', problem)
    })
  }
})
