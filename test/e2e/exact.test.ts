import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { folderWith, sallyport, startGateway } from './cli/command-line.ts'
import { startService } from './cli/service.ts'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const text = `${part({ alg: 'HS256', crit: ['x'], x: 1 })}.${part({ iss: 'k' })}`
const token = `${text}.${createHmac('sha256', 'secret').update(text).digest('base64url')}`

describe('--exact', () => {
  for (const [words, statuses] of [
    [[], [401, 200, 401]],
    [
      ['--exact', 'crit', '--exact', 'hosts'],
      [200, 404, 401],
    ],
    [
      ['--exact', 'crit,base64'],
      [200, 200, 200],
    ],
  ] as const) {
    it(`${words.join(' ') || 'left out'} decides what is done as Kong does it`, async (t) => {
      const service = await startService(t)
      const document = {
        _format_version: '3.0',
        services: [{ name: 's', url: service.url }],
        routes: [
          { name: 'jwt', service: 's', paths: ['/jwt'], plugins: [{ name: 'jwt' }] },
          { name: 'host', service: 's', paths: ['/host'], hosts: ['a.test'] },
        ],
        consumers: [{ username: 'alice', jwt_secrets: [{ key: 'k', secret: 'secret' }] }],
      }
      const folder = folderWith(t, { 'kong.json': JSON.stringify(document) })
      const { proxy } = await startGateway(t, ['--source', `kong:${join(folder, 'kong.json')}`, ...words])
      const ask = async (path: string, headers: Record<string, string>) => {
        const { request } = await import('undici')
        const { statusCode, body } = await request(`${proxy}${path}`, { headers })
        await body.dump()
        return statusCode
      }
      const bearer = (value: string) => ({ authorization: `Bearer ${value}` })
      assert.deepEqual(
        [
          await ask('/jwt', bearer(token)),
          await ask('/host', { host: 'A.TEST' }),
          await ask('/jwt', bearer(`${token}=`)),
        ],
        statuses,
      )
    })
  }
  it('takes known names only', async (t) => {
    const { code, err } = await sallyport(t, ['start', '--exact', 'everything'])
    assert.equal(code, 2)
    assert.match(err, /^error: --exact: 'everything': expected one of: hosts, base64, crit, signatures/)
  })
})
