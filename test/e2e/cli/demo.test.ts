import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sallyport, startProcess } from './command-line.ts'

describe('the demo', () => {
  it('with --once shows refusals and an accepted call, and ends', async (t) => {
    const { code, out, err } = await sallyport(t, ['demo', '--once'])
    assert.equal(err, '')
    assert.equal(code, 0)
    assert.match(out, /\$ curl -i http:\/\/127\.0\.0\.1:\d+\/app\n {4}401 \{"message":"Unauthorized"\}/)
    assert.match(out, /401 \{"message":"Invalid signature"\}/)
    assert.match(out, /200, and the service was told .*\n(?: {6}x-.*\n)* {6}x-consumer-username: my-app\n/)
    assert.match(out, /The check passed\.\n$/)
  })

  it('keeps serving, also where its usual ports are taken; the lines it prints work; Ctrl-C ends it', async (t) => {
    // Whichever comes second finds the ports of the first taken.
    for (const demo of [startProcess(t, ['demo']), startProcess(t, ['demo'])]) {
      await demo.until(({ out }) => out.includes('Serving until Ctrl-C'))
      const [, url, token] = /\$ curl (http\S+) -H 'Authorization: Bearer (\S+)'/.exec(demo.out())!
      const statusWith = async (headers: Record<string, string>) => (await fetch(url!, { headers })).status
      assert.equal(await statusWith({}), 401)
      assert.equal(await statusWith({ authorization: `Bearer ${token}` }), 200)
      const [, admin] = /Admin API +http:\/\/(\S+)/.exec(demo.out())!
      assert.match((await sallyport(t, ['route', 'ls', '--admin', admin!])).out, /\/app .* jwt /)
      demo.child.kill('SIGINT')
      assert.equal((await demo.ended).code, 0)
    }
  })
})
