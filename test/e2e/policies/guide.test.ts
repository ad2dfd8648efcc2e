/** The guide to policies of one's own, by its own commands and its own code. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { it } from 'node:test'
import { folderWith, startGateway, startProcess } from '../cli/command-line.ts'
import { startService } from '../cli/service.ts'

const guide = readFileSync(resolve(import.meta.dirname, '../../../docs/guides/custom-policy.md'), 'utf8')
const blocks = (language: string) =>
  [...guide.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map(([, text]) => text!)

it('the guide to a policy of your own works as it stands', async (t) => {
  const { url, seen } = await startService(t)
  const cwd = folderWith(t, {})
  const lines = blocks('sh').flatMap((text) => text.trim().split('\n'))
  const wordsOf = (start: string) => {
    const line = lines.find((each) => each.includes(`./sallyport ${start}`))
    assert.ok(line, `the guide has no command ${start}`)
    return line.replace(/^.*?\.\/sallyport |\)$/g, '').split(' ')
  }
  const run = async (start: string) => {
    const result = await startProcess(t, wordsOf(start), {}, cwd).ended
    assert.equal(result.code, 0, result.err + result.out)
    return result.out
  }

  await run('policy new')
  const folder = join(cwd, 'policies/user-headers')
  assert.match(await run('policy test'), /^ℹ pass 3$/m)
  const [policy, tests] = blocks('ts')
  assert.ok(policy!.split('\n').length < 40)
  writeFileSync(join(folder, 'policy.ts'), policy!)
  writeFileSync(join(folder, 'policy.test.ts'), tests!)
  assert.match(await run('policy test'), /^ℹ pass 4$/m)

  const [yaml] = blocks('yaml')
  writeFileSync(join(cwd, 'kong.yaml'), yaml!.replace('http://127.0.0.1:9000', url))
  await run('check')
  const words = wordsOf('start').filter((word) => !['start', '--store', 'memory'].includes(word))
  const gateway = await startGateway(t, words, cwd)

  const token = (await run('token mint')).trim()
  const call = async (headers: Record<string, string>) => {
    const response = await fetch(`${gateway.proxy}/app`, { headers })
    await response.text()
    const told = Object.entries(seen.at(-1) ?? {}).filter(([name]) => /^x-(?:user|tenant)/.test(name))
    return [response.status, Object.fromEntries(told.sort())]
  }
  const authorization = `Bearer ${token}`
  const headers = { 'x-user-id': 'u1', 'x-user-role': 'admin', 'x-tenant-id': 't1' }
  assert.deepEqual(await call({ authorization, 'x-user-role': 'forged', X_User_ID: 'forged' }), [200, headers])
  assert.equal((await call({}))[0], 401)
  assert.equal((await call({ authorization: `${authorization}x` }))[0], 401)

  writeFileSync(join(folder, 'policy.ts'), policy!.replace("'X-User-Role'", "'X-User-Part'"))
  await gateway.until(({ err }) => err.includes('custom policies taken over'))
  assert.deepEqual(await call({ authorization }), [
    200,
    { 'x-user-id': 'u1', 'x-user-part': 'admin', 'x-tenant-id': 't1' },
  ])
})

it('a test of a policy that fails says so', async (t) => {
  const cwd = folderWith(t, {
    'a.test.ts': "import { test } from 'node:test'\ntest('no', () => { throw new Error('as it must') })\n",
  })
  const { code, out } = await startProcess(t, ['policy', 'test'], {}, cwd).ended
  assert.equal(code, 1)
  assert.match(out, /as it must/)
})
