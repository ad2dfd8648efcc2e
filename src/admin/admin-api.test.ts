import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { openSqliteStore } from '../store/sqlite/store.ts'
import { type AdminHarness, adminHarness } from './testkit.ts'

const clock = { time: 1_700_000_000_000 }
const SECONDS = 1_700_000_000
const NOBODY = '99999999-9999-4999-8999-999999999999'
let api: AdminHarness

beforeEach(() => {
  clock.time = 1_700_000_000_000
  api = adminHarness(openSqliteStore({ file: ':memory:', clock: { now: () => clock.time } }), clock)
})

/** Makes an entity and returns it. */
async function make(path: string, body: unknown) {
  const answer = await api.send('POST', path, body)
  assert.equal(answer.status, 201, answer.text)
  return answer.json
}
const statuses = async (...calls: [method: string, path: string, body?: unknown][]) => {
  const out: number[] = []
  for (const [method, path, body] of calls) out.push((await api.send(method, path, body)).status)
  return out
}

describe('entities over the Admin API', () => {
  it('are answered whole, with times and ids', async () => {
    const made = await make('/consumers', { username: 'bob' })
    assert.match(made.id, /^[0-9a-f-]{36}$/)
    const { id, ...rest } = made
    assert.deepEqual(rest, { username: 'bob', custom_id: null, tags: null, created_at: SECONDS, updated_at: SECONDS })
    assert.deepEqual((await api.send('GET', `/consumers/${id}`)).json, made)
    assert.deepEqual((await api.send('GET', `/consumers/${id.toUpperCase()}`)).json, made)
    assert.deepEqual((await api.send('GET', '/consumers/bob/')).json, made)
  })
  it('are replaced by PUT, with defaults and a new time of creation', async () => {
    const made = await make('/services', { name: 's', host: 'a', retries: 1, tags: ['x'] })
    clock.time += 5000
    const { json, status } = await api.send('PUT', `/services/${made.id}`, { host: 'b' })
    assert.equal(status, 200)
    assert.deepEqual([json.id, json.name, json.host, json.retries, json.tags], [made.id, null, 'b', 5, null])
    assert.equal(json.created_at, SECONDS + 5)
  })
  it('are made by PUT, under the id or the name of the path', async () => {
    assert.equal((await api.send('PUT', `/services/${NOBODY}`, { host: 'b' })).json.id, NOBODY)
    assert.equal((await api.send('PUT', '/services/n', { host: 'b' })).json.name, 'n')
  })
  it('keep their id when put by name again, and their name when the body has another', async () => {
    const first = (await api.send('PUT', '/services/n', { host: 'b' })).json
    const again = (await api.send('PUT', '/services/n', { name: 'other', host: 'c' })).json
    assert.deepEqual([again.id, again.name, again.host], [first.id, 'n', 'c'])
  })
  it('are changed by PATCH: records field by field, lists whole, null as null', async () => {
    const plugin = await make('/plugins', { name: 'cors', config: { limits: { a: false }, origins: ['x', 'y'] } })
    clock.time += 1000
    const body = { config: { limits: { b: false }, origins: ['z'] } }
    const { json } = await api.send('PATCH', `/plugins/${plugin.id}`, body)
    assert.deepEqual(json.config, { limits: { a: false, b: false }, origins: ['z'] })
    assert.deepEqual([json.created_at, json.updated_at], [SECONDS, SECONDS + 1])
    const nulled = await api.send('PATCH', `/plugins/${plugin.id}`, { config: { origins: null } })
    assert.equal(nulled.json.config.origins, null)
  })
  it('are deleted with all that hangs on them, and a second time as well', async () => {
    const { id } = await make('/consumers', { username: 'bob' })
    const key = await make('/consumers/bob/key-auth', {})
    const calls = await statuses(
      ['DELETE', `/consumers/${id}`],
      ['GET', `/key-auths/${key.id}`],
      ['DELETE', '/consumers/bob'],
    )
    assert.deepEqual(calls, [204, 404, 204])
    const last = api.published.at(-1)!
    assert.deepEqual(
      last.changes.map((change) => change.op === 'delete' && change.kind),
      ['keyauth_credentials', 'consumers'],
    )
  })
  it('are found by what identifies them among their parent', async () => {
    await make('/consumers', { username: 'bob' })
    const { id } = await make('/consumers/bob/acls', { group: 'gold' })
    assert.equal((await api.send('GET', '/consumers/bob/acls/gold')).json.id, id)
    const put = await api.send('PUT', '/consumers/bob/acls/silver')
    assert.deepEqual([put.status, put.json.group], [200, 'silver'])
    assert.deepEqual(
      await statuses(['GET', '/consumers/bob/acls/none'], ['DELETE', '/consumers/bob/acls/none']),
      [404, 404],
    )
  })
})

describe('parents and children', () => {
  it('reach each other both ways', async () => {
    const service = await make('/services', { name: 's', host: 'a' })
    const route = await make('/services/s/routes', { name: 'r', paths: ['/'] })
    assert.equal(route.service.id, service.id)
    assert.equal((await api.send('GET', '/routes/r/service')).json.id, service.id)
    assert.deepEqual((await api.send('GET', '/services/s/routes')).json, { data: [route], next: null })
    assert.equal((await api.send('DELETE', '/routes/r/service')).status, 405)
  })
  it('hide children of others', async () => {
    await make('/services', { name: 'a', host: 'a' })
    await make('/services', { name: 'b', host: 'b' })
    await make('/services/a/routes', { name: 'r', paths: ['/'] })
    const path = '/services/b/routes/r'
    assert.deepEqual(await statuses(['GET', path], ['PATCH', path, {}], ['DELETE', path]), [404, 404, 404])
    assert.equal((await api.send('PUT', path, { paths: ['/'] })).json.name, 'r')
    assert.equal((await api.send('GET', path)).status, 200)
  })
  it('link a parent that is put where there was none', async () => {
    await make('/routes', { name: 'r', paths: ['/'] })
    assert.equal((await api.send('GET', '/routes/r/service')).status, 404)
    const { json } = await api.send('PUT', '/routes/r/service', { host: 'a' })
    assert.equal((await api.send('GET', '/routes/r')).json.service.id, json.id)
  })
  it('are named by a unique field in bodies too', async () => {
    const { id } = await make('/services', { name: 's', host: 'a' })
    assert.equal((await make('/routes', { paths: ['/'], service: { name: 's' } })).service.id, id)
    assert.equal((await api.form('POST', '/routes', 'paths=/b&service.name=s')).json.service.id, id)
  })
})

describe('credentials', () => {
  beforeEach(async () => {
    await make('/consumers', { username: 'bob' })
  })
  it('get random values of 32 letters and digits', async () => {
    const [one, two] = [await make('/consumers/bob/key-auth', {}), await make('/consumers/bob/key-auth', {})]
    assert.match(one.key, /^[A-Za-z0-9]{32}$/)
    assert.notEqual(one.key, two.key)
  })
  it('are prepared once: a stored hash is not hashed again', async () => {
    const consumer = (await api.send('GET', '/consumers/bob')).json.id
    const made = await make('/consumers/bob/basic-auth', { username: 'u', password: 'p' })
    assert.equal(made.password, `hash(p|${consumer})`)
    assert.equal((await api.send('PATCH', '/basic-auths/u', { username: 'v' })).json.password, made.password)
    assert.equal(
      (await api.send('PATCH', '/consumers/bob/basic-auth/v', { password: 'q' })).json.password,
      `hash(q|${consumer})`,
    )
  })
  it('expire: the seconds that are left are told until then', async () => {
    const { id, ttl } = await make('/consumers/bob/key-auth', { key: 'k', ttl: 10 })
    assert.equal(ttl, 10)
    clock.time += 4000
    assert.equal((await api.send('GET', '/key-auths/k')).json.ttl, 6)
    assert.equal((await api.send('GET', '/key-auths')).json.data[0].ttl, 6)
    assert.equal((await api.send('PATCH', '/key-auths/k', { tags: ['x'] })).json.ttl, 6)
    clock.time += 6000
    assert.equal((await api.send('GET', `/key-auths/${id}`)).status, 404)
    assert.equal((await make('/consumers/bob/key-auth', { key: 'k' })).ttl, null)
  })
  it('do not expire with a ttl of 0 or null', async () => {
    assert.equal((await make('/consumers/bob/key-auth', { ttl: 0 })).ttl, null)
    assert.equal((await make('/consumers/bob/key-auth', { ttl: null })).ttl, null)
  })
})

describe('collections', () => {
  it('page through everything by offset, keeping size and tags in the link', async () => {
    for (const name of ['a', 'b', 'c']) await make('/consumers', { username: name, tags: ['t'] })
    const first = (await api.send('GET', '/consumers?size=2&tags=t')).json
    assert.equal(first.next, `/consumers?offset=${encodeURIComponent(first.offset)}&tags=t&size=2`)
    const last = (await api.send('GET', first.next)).json
    assert.deepEqual(Object.keys(last).sort(), ['data', 'next'])
    const names = [...first.data, ...last.data].map((consumer: { username: string }) => consumer.username)
    assert.deepEqual(names.sort(), ['a', 'b', 'c'])
  })
  it('find a consumer by the id it has with you', async () => {
    const made = await make('/consumers', { custom_id: 'x' })
    assert.deepEqual((await api.send('GET', '/consumers?custom_id=x')).json, { data: [made], next: null })
    assert.deepEqual((await api.send('GET', '/consumers?custom_id=y')).json, { data: [], next: null })
  })
  it('list targets newest first, by number', async () => {
    await make('/upstreams', { name: 'u' })
    for (const port of [1, 2, 3]) {
      clock.time += 1000
      await make('/upstreams/u/targets', { target: `h:${port}` })
    }
    const page = (await api.send('GET', '/upstreams/u/targets?size=2')).json
    assert.deepEqual(
      page.data.map((target: { target: string }) => target.target),
      ['h:3', 'h:2'],
    )
    assert.deepEqual([page.offset, page.next], ['2', '/upstreams/u/targets?offset=2'])
    assert.equal((await api.send('GET', page.next)).json.data[0].target, 'h:1')
    assert.equal((await api.send('PUT', '/upstreams/u/targets/h:9', { weight: 1 })).status, 404)
  })
  it('list tags', async () => {
    const { id } = await make('/consumers', { username: 'a', tags: ['x', 'y'] })
    const rows = (await api.send('GET', '/tags/x')).json
    assert.deepEqual(rows, { data: [{ entity_name: 'consumers', entity_id: id, tag: 'x' }], next: null })
  })
})

describe('writes', () => {
  it('are published before they are answered, in the order of revisions', async () => {
    let open = () => {}
    api.holdPublishing(new Promise((resolve) => (open = resolve)))
    const answered: string[] = []
    const calls = ['a', 'b'].map(async (username) => {
      await make('/consumers', { username })
      answered.push(username)
    })
    assert.equal((await api.send('GET', '/consumers/none')).status, 404)
    assert.deepEqual(answered, [])
    open()
    await Promise.all(calls)
    assert.deepEqual(
      api.published.map((each) => each.revision),
      [1, 2],
    )
  })
  it('wait for the one before to be published', async () => {
    let open = () => {}
    api.holdPublishing(new Promise((resolve) => (open = resolve)))
    const calls = ['a', 'b'].map((username) => make('/consumers', { username }))
    const committed = async () => (await api.send('GET', '/consumers')).json.data.length
    for (let turn = 0; turn < 50; turn++) await nextTurn()
    assert.equal(await committed(), 1)
    open()
    await Promise.all(calls)
    assert.equal(await committed(), 2)
  })
  it('that change nothing are not published', async () => {
    await statuses(['DELETE', '/consumers/x'], ['POST', '/consumers', {}], ['PATCH', '/consumers/x', {}])
    assert.deepEqual(api.published, [])
  })
  it('answer 500 and say nothing of the reason when something breaks', async () => {
    api.holdPublishing(Promise.reject(new Error('secret detail')))
    const answer = await api.send('POST', '/consumers', { username: 'a' })
    assert.deepEqual([answer.status, answer.json], [500, { message: 'An unexpected error occurred' }])
    assert.equal(api.errors.length, 1)
  })
})
