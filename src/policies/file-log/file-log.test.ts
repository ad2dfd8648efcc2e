import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeClock, FakeExchange, FakeLog, FakeResponse, fakeOutcome } from '../../policy/test-kit.ts'
import { fileLog } from './handler.ts'
import { LineFile } from './line-file.ts'
import { check, config } from './schema.ts'

const folder = mkdtempSync(join(tmpdir(), 'sallyport-file-log-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0
const newPath = () => join(folder, `${++files}.log`)

/** Writes that many records, and waits until they are in the file. */
async function write(path: string, records = 1, reopen = false, log = new FakeLog()): Promise<FakeLog> {
  const registry = new Registry()
  const { record } = compilePolicy(fileLog, { path, reopen }, { registry, log })
  for (let i = 0; i < records; i++) {
    record!(new FakeExchange({ path: `/${i}` }), new FakeResponse(), fakeOutcome())
  }
  await registry.end()
  return log
}
const urisIn = (path: string) =>
  readFileSync(path, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).request.uri)

test('a line for each exchange, in order, behind what is there', async () => {
  const path = newPath()
  await write(path, 2)
  await write(path, 1)
  assert.deepEqual(urisIn(path), ['/0', '/1', '/0'])
})

test('a new file is for its owner only', async () => {
  const path = newPath()
  await write(path)
  assert.equal(statSync(path).mode & 0o777, 0o600)
})

const unusable: [what: string, make: (path: string) => void, reason: string][] = [
  ['a link', (path) => symlinkSync(newPath(), path), 'it is a link: name the file itself'],
  ['a folder', (path) => execFileSync('mkdir', [path]), 'it is a folder'],
  ['a pipe that nobody reads', (path) => execFileSync('mkfifo', [path]), 'it is a pipe that nobody reads'],
]
for (const [what, make, reason] of unusable) {
  test(`${what} is not written to: ${reason}`, async () => {
    const path = newPath()
    make(path)
    const log = await write(path)
    assert.deepEqual(log.told, [
      { level: 'error', fields: { path, lost: 1, reason }, message: 'records could not be written' },
    ])
  })
}

test('a folder that does not exist is told', async () => {
  const log = await write(join(folder, 'none', 'a.log'))
  assert.match(JSON.stringify(log.told), /its folder does not exist/)
})

for (const reopen of [false, true]) {
  test(`a file that was moved away ${reopen ? 'is made anew' : 'goes on growing'} with reopen ${reopen}`, async () => {
    const path = newPath()
    const registry = new Registry()
    const { record } = compilePolicy(fileLog, { path, reopen }, { registry })
    const add = () => record!(new FakeExchange(), new FakeResponse(), fakeOutcome())
    add()
    while (!isThere(path) || readFileSync(path).length === 0) await new Promise((resolve) => setImmediate(resolve))
    renameSync(path, `${path}.1`)
    add()
    await registry.end()
    assert.equal(urisIn(`${path}.1`).length, reopen ? 1 : 2)
    assert.equal(isThere(path), reopen)
  })
}
function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

test('a line that comes while the file is being closed is written too', async () => {
  let closing = () => {}
  let written = ''
  const open = async () => ({
    write: async (bytes: Uint8Array) => {
      written += Buffer.from(bytes).toString()
      return bytes.length
    },
    close: async () => closing(),
  })
  const tools = { path: 'p', reopen: true, clock: new FakeClock(), log: new FakeLog(), open, sleep: async () => {} }
  const file = new LineFile(tools)
  closing = () => {
    closing = () => {}
    file.add('b')
  }
  file.add('a')
  await file.close()
  assert.equal(written, 'a\nb\n')
})

test('two uses of one file write it together', async () => {
  const path = newPath()
  const registry = new Registry()
  const uses = [1, 2].map(() => compilePolicy(fileLog, { path }, { registry }))
  for (const { record } of uses) record!(new FakeExchange(), new FakeResponse(), fakeOutcome())
  uses[0]!.dispose!()
  uses[1]!.record!(new FakeExchange(), new FakeResponse(), fakeOutcome())
  await registry.end()
  assert.equal(urisIn(path).length, 3)
})

/** A file that takes what the test says it does. */
function aFile(write: (bytes: Uint8Array) => Promise<number>) {
  const log = new FakeLog()
  const clock = new FakeClock(0)
  let opened = 0
  const open = async () => {
    opened++
    return { write, close: async () => {} }
  }
  const file = new LineFile({ path: 'p', reopen: false, clock, log, open, sleep: async () => {} })
  return { file, log, clock, opened: () => opened }
}

test('what a write leaves over is written next', async () => {
  let text = ''
  const { file } = aFile(async (bytes) => {
    text += Buffer.from(bytes.subarray(0, 3)).toString()
    return Math.min(3, bytes.length)
  })
  file.add('abcd')
  file.add('efgh')
  await file.close()
  assert.equal(text, 'abcd\nefgh\n')
})

test('a full pipe is waited for', async () => {
  let tries = 0
  const { file, log } = aFile(async (bytes) => {
    if (++tries < 3) throw Object.assign(new Error('full'), { code: 'EAGAIN' })
    return bytes.length
  })
  file.add('a')
  await file.close()
  assert.deepEqual([tries, log.told], [3, []])
})

test('losses are counted, told once in a while, and the file is tried anew', async () => {
  const { file, log, clock, opened } = aFile(() => Promise.reject(new Error('ENOSPC')))
  for (const line of ['a', 'b', 'c']) {
    file.add(line)
    while (opened() < (line === 'a' ? 1 : line === 'b' ? 2 : 3)) await new Promise((resolve) => setImmediate(resolve))
    if (line === 'b') clock.time += 10_000
  }
  await file.close()
  assert.deepEqual(
    log.told.map(({ fields }) => fields),
    [
      { path: 'p', lost: 1, reason: 'ENOSPC' },
      { path: 'p', lost: 2, reason: 'ENOSPC' },
    ],
  )
})

test('lines that nobody takes do not fill the memory', async () => {
  let go = () => {}
  const { file, log } = aFile(async (bytes) => {
    await new Promise<void>((resolve) => {
      go = resolve
    })
    return bytes.length
  })
  const line = 'x'.repeat(1 << 20)
  file.add('first')
  await new Promise((resolve) => setImmediate(resolve))
  for (let i = 0; i < 20; i++) file.add(line)
  assert.deepEqual(
    log.told.map(({ message }) => message),
    ['records could not be written'],
  )
  go()
  await new Promise((resolve) => setImmediate(resolve))
  go()
  await file.close()
})

test('the process’s own output', () => {
  const script = `
    import { Registry } from './src/policy/registry.ts'
    import { compilePolicy, FakeExchange, FakeResponse, fakeOutcome } from './src/policy/test-kit.ts'
    import { fileLog } from './src/policies/file-log/handler.ts'
    const registry = new Registry()
    compilePolicy(fileLog, { path: '/dev/stdout' }, { registry }).record(new FakeExchange(), new FakeResponse(), fakeOutcome())
    await registry.end()`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
  assert.equal(JSON.parse(output).request.method, 'GET')
})

const names: [path: string, good: boolean][] = [
  ['/tmp/a.log', true],
  ['/var/log/my logs/a.log', true],
  [' /tmp/a.log', false],
  ['/tmp/a.log ', false],
  ['/tmp/*', false],
  ['/tmp/a`b`c', false],
  ['/tmp/%a', false],
]
for (const [path, good] of names) {
  test(`'${path}' is ${good ? 'a' : 'no'} file name`, () => assert.equal(config.safeParse({ path }).success, good))
}

test('Lua is refused, and says so', () => {
  const problems = check(config.parse({ path: '/tmp/a.log', custom_fields_by_lua: { a: 'local b = nil' } }))
  assert.match(String(problems['custom_fields_by_lua.a']), /^this is Lua/)
})
