import assert from 'node:assert/strict'
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { parse, stringify } from 'yaml'
import { folderWith, sallyport, startGateway } from './command-line.ts'
import { startService } from './service.ts'

const SECRET = 'a-secret-that-nobody-sees'

function declaration(target: string): object {
  return {
    _format_version: '3.0',
    services: [
      {
        name: 'orders',
        url: target,
        routes: [
          { name: 'orders', paths: ['/orders'], plugins: [{ name: 'key-auth', config: { key_names: ['apikey'] } }] },
        ],
      },
    ],
    consumers: [
      {
        username: 'alice',
        keyauth_credentials: [{ key: SECRET }],
        jwt_secrets: [{ key: 'alice-issuer' }],
        acls: [{ group: 'gold' }],
        basicauth_credentials: [{ username: 'alice', password: 'open sesame' }],
      },
    ],
    upstreams: [{ name: 'pool', targets: [{ target: '127.0.0.1:9', weight: 10 }] }],
    plugins: [{ name: 'correlation-id' }],
  }
}

async function start(t: TestContext) {
  const gateway = await startGateway(t)
  const service = await startService(t)
  const folder = folderWith(t, { 'kong.yaml': stringify(declaration(service.url)) })
  const run = (words: string, stdin = '') => sallyport(t, words.split(' '), gateway.env, stdin)
  return { gateway, service, folder, file: join(folder, 'kong.yaml'), run }
}

describe('entities of a running gateway', () => {
  it('are brought to what a file declares, and shown, dumped and deleted', async (t) => {
    const { gateway, file, folder, run } = await start(t)
    const before = await run(`diff ${file}`)
    assert.equal(before.code, 1, before.err)
    assert.match(before.out, /^\+ services orders\n/)
    assert.match(before.out, /\+ plugins key-auth \(routes orders \(services orders\)\)/)
    assert.ok(!before.out.includes(SECRET) && !before.out.includes('\u001b'), 'neither secrets nor colours')

    const applied = await run(`apply ${file}`)
    assert.equal(applied.code, 0, applied.err)
    assert.match(applied.err, /\d+ done: create, 0 done: update, 0 done: delete|create/)
    assert.deepEqual(await run(`diff ${file} --prune`), { code: 0, out: '', err: 'no difference\n' })
    assert.equal((await fetch(`${gateway.proxy}/orders`)).status, 401)
    assert.equal((await fetch(`${gateway.proxy}/orders`, { headers: { apikey: SECRET } })).status, 200)

    const credential = await run('get jwt_secrets -o json')
    assert.equal(JSON.parse(credential.out)[0].secret, '********')
    assert.match((await run('get routes')).out, /^NAME +METHODS +HOSTS +PATHS +SERVICE +ID\norders +- +- +\/orders /)
    assert.equal((await run('get route nothing')).code, 1)
    assert.equal((await run('get nothing')).code, 2)

    const copy = join(folder, 'copy.yaml')
    assert.equal((await run(`dump -f ${copy}`)).code, 0)
    assert.equal(statSync(copy).mode & 0o777, 0o600)
    assert.match((await run(`dump -f ${copy}`)).err, /is there already; --force replaces it/)
    chmodSync(copy, 0o644)
    assert.equal((await run(`dump --force -f ${copy}`)).code, 0)
    assert.equal(statSync(copy).mode & 0o777, 0o600, 'replaced, and closed to others')
    assert.equal((await run(`diff ${copy} --prune`)).code, 0, 'a dump is what is there')

    const other = await startGateway(t)
    const there = await sallyport(t, ['apply', copy], other.env)
    assert.equal(there.code, 0, there.err)
    const again = await sallyport(t, ['dump'], other.env)
    assert.deepEqual(parse(again.out), parse(readFileSync(copy, 'utf8')))

    assert.equal((await run('delete consumer alice')).code, 0)
    assert.deepEqual(JSON.parse((await run('get key-auths -o json')).out), [])
    assert.match((await run('delete consumer alice')).err, /nothing to do/)
    assert.equal((await run('delete consumer alice --strict')).code, 1)
  })

  it('follow a file that changes, and keep what it leaves to chance', async (t) => {
    const { file, run } = await start(t)
    const secretOf = async (key: string) =>
      JSON.parse((await run(`get jwts ${key} --reveal -o json`)).out).secret as string
    assert.equal((await run(`apply ${file}`)).code, 0)
    const secret = await secretOf('alice-issuer')
    writeFileSync(file, readFileSync(file, 'utf8').replace('weight: 10', 'weight: 20').replace('alice-issuer', 'other'))
    const changed = await run(`diff ${file} --prune`)
    assert.match(changed.out, /~ targets .*\n {4}weight: 10 -> 20\n/)
    assert.match(changed.out, /- jwt_secrets /)
    assert.equal((await run(`apply ${file} --prune`)).code, 0)
    assert.equal((await run(`diff ${file} --prune`)).code, 0)
    const other = await secretOf('other')
    assert.notEqual(other, secret, 'another credential has another secret')
    assert.equal((await run(`apply ${file} --prune`)).err, 'nothing to do\n')
    assert.equal(await secretOf('other'), other, 'what was made up once stays')
  })

  it('are left alone when the file is bad', async (t) => {
    const { run } = await start(t)
    const bad = stringify({ _format_version: '3.0', services: [{ name: 'a', host: 'h' }, { name: 'b' }] })
    const { code, err } = await run('apply -', bad)
    assert.equal(code, 1)
    assert.match(err, /standard input:\d+: services\[1\]\.host: required field missing\nnothing was changed/)
    assert.deepEqual(JSON.parse((await run('get services -o json')).out), [])
  })

  it('of other tags are not pruned', async (t) => {
    const { run } = await start(t)
    const tagged = (tag: string, ...names: string[]) =>
      stringify({
        _format_version: '3.0',
        _info: { select_tags: [tag] },
        services: names.map((name) => ({ name, host: 'h' })),
      })
    assert.equal((await run('apply -', tagged('a', 'a1', 'a2'))).code, 0)
    assert.equal((await run('apply -', tagged('b', 'b1'))).code, 0)
    assert.equal((await run('apply - --prune', tagged('a', 'a1'))).code, 0)
    const names = (JSON.parse((await run('get services -o json')).out) as { name: string }[]).map(({ name }) => name)
    assert.deepEqual(names.sort(), ['a1', 'b1'])
  })

  it('are never open while they are made', async (t) => {
    const { gateway, file, run } = await start(t)
    let asking = true
    const seen = new Set<number>()
    const poll = (async () => {
      while (asking) seen.add((await fetch(`${gateway.proxy}/orders`)).status)
    })()
    assert.equal((await run(`apply ${file}`)).code, 0)
    asking = false
    await poll
    assert.ok(!seen.has(200), `answers on the way: ${[...seen]}`)
  })
})
