import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Fetch, PolicyLog } from '../../policy/policy.ts'
import { Registry } from '../../policy/registry.ts'
import { compilePolicy, FakeClock, FakeExchange, inWords, judge } from '../../policy/test-kit.ts'
import type { Verdict } from '../../policy/verdict.ts'
import { jwtAuthn } from './handler.ts'
import { bearer, hmacSigner, keySet, token } from './testkit.ts'

const a = hmacSigner('a', { kid: 'a' })
const b = hmacSigner('b', { kid: 'b' })
const server = { url: 'https://idp.test/keys?v=1', host: '127.0.0.1', port: 1 }
const config = (more: object = {}, rest: object = {}) => ({
  providers: [{ name: 'p', keys: { remote: { ...server, ...more } }, ...rest }],
})
const anyone = 'identified nobody'
const NOW = 1_700_000_000_000

/** A gateway with one registry, and a server whose answers are read off a list; the last is repeated. */
function aGateway(...answers: (string | number | Error)[]) {
  const asked: string[] = []
  const warnings: Record<string, unknown>[] = []
  const fetch: Fetch = async (url, init) => {
    asked.push(url)
    assert.equal(init?.redirect, 'manual')
    const answer = answers.length > 1 ? answers.shift()! : answers[0]!
    if (answer instanceof Error) throw answer
    return typeof answer === 'number' ? new Response('', { status: answer }) : new Response(answer)
  }
  const log: PolicyLog = { warn: (fields) => void warnings.push(fields), error() {} }
  const tools = { registry: new Registry(), fetch, log, clock: new FakeClock(NOW) }
  return {
    asked,
    warnings,
    tools,
    compile: (given: object) => compilePolicy(jwtAuthn, given, tools),
    async ask(compiled: ReturnType<typeof compilePolicy>, text: string, now = NOW): Promise<string> {
      const verdict: Verdict | Promise<Verdict> = compiled.request!(new FakeExchange({ ...bearer(text), now }))
      return inWords(await verdict)
    },
  }
}

test('keys are fetched when the first token needs them, once for all uses', async () => {
  const gateway = aGateway(keySet(a))
  const [one, two] = [gateway.compile(config()), gateway.compile(config({}, { audiences: ['x'] }))]
  assert.deepEqual(gateway.asked, [])
  assert.equal(await gateway.ask(one, token(a, {}, { kid: 'a' })), anyone)
  assert.equal(await gateway.ask(two, token(a, { aud: 'x' }, { kid: 'a' })), anyone)
  assert.deepEqual(gateway.asked, [server.url])
})

test('a token that fails before its signature asks for no keys', async () => {
  const gateway = aGateway(keySet(a))
  const use = gateway.compile(config({}, { issuer: 'me', audiences: ['x'] }))
  for (const text of ['x', token(a, {}), token(a, { iss: 'me', exp: 1 }), token(a, { iss: 'me' })]) {
    assert.notEqual(await gateway.ask(use, text), anyone)
  }
  assert.deepEqual(gateway.asked, [])
})

const failures: [sentence: string, answer: string | number | Error][] = [
  ['a server that is away', new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })],
  ['404', 404],
  ['a redirection', 302],
  ['no set', '<html>'],
  ['a set without a key that can be used', '{"keys":[{"kty":"x"}]}'],
  ['more than a megabyte', ' '.repeat(1024 * 1024 + 1)],
]
for (const [sentence, answer] of failures) {
  test(`${sentence}: refused, said in the log, and asked again next time`, async () => {
    const gateway = aGateway(answer, keySet(a))
    const use = gateway.compile(config())
    assert.equal(await gateway.ask(use, token(a, {})), '401 keys-not-fetched')
    assert.equal(gateway.warnings[0]!['keySet'], 'https://idp.test/keys')
    assert.equal(await gateway.ask(use, token(a, {})), anyone)
  })
}

test('one attempt, unless more are asked for; and those only where they may help', async () => {
  const retry = { retries: 2, baseMs: 1 }
  const rows: [more: object, answers: (string | number)[], verdict: string, asked: number][] = [
    [{}, [503, keySet(a)], '401 keys-not-fetched', 1],
    [{ retry }, [503, 500, keySet(a)], anyone, 3],
    [{ retry }, [503, 503, 503, keySet(a)], '401 keys-not-fetched', 3],
    [{ retry }, [404, keySet(a)], '401 keys-not-fetched', 1],
    [{ retry: { baseMs: 1 } }, [503, keySet(a)], anyone, 2],
  ]
  for (const [more, answers, verdict, asked] of rows) {
    const gateway = aGateway(...answers)
    assert.equal(await gateway.ask(gateway.compile(config(more)), token(a, {})), verdict)
    assert.equal(gateway.asked.length, asked)
  }
})

test('a token seen before is refused once its key is gone, and the tokens of other keys are not asked for again', async () => {
  const gateway = aGateway(keySet(a, b), keySet(b))
  const use = gateway.compile(config())
  const [first, second] = [token(a, {}, { kid: 'a' }), token(b, {}, { kid: 'b' })]
  assert.equal(await gateway.ask(use, first), anyone)
  assert.equal(await gateway.ask(use, second), anyone)
  const later = NOW + 600_000
  gateway.tools.clock.time = later
  const verdict = use.request!(new FakeExchange({ ...bearer(second), now: later }))
  assert.ok(verdict instanceof Promise, 'old keys are fetched anew first')
  assert.equal(inWords(await verdict), anyone)
  assert.equal(await gateway.ask(use, first, later), '401 key-unknown')
})

test('in the background the keys are there before the first request', async () => {
  const gateway = aGateway(keySet(a))
  const use = gateway.compile(config({ async: {} }))
  assert.deepEqual(gateway.asked, [server.url])
  await new Promise((resolve) => setImmediate(resolve))
  assert.equal(inWords(judge(use, new FakeExchange(bearer(token(a, {}))))), anyone)
  use.dispose!()
})

test('a recompile keeps the keys', async () => {
  const gateway = aGateway(keySet(a), 500)
  const before = gateway.compile(config())
  assert.equal(await gateway.ask(before, token(a, {})), anyone)
  const after = gateway.compile(config({}, { audiences: ['x'] }))
  before.dispose!()
  assert.equal(await gateway.ask(after, token(a, { aud: 'x' })), anyone)
  assert.equal(gateway.asked.length, 1)
})

test('a set that could be fetched from nowhere is a problem of the configuration', () => {
  const problems = jwtAuthn.check!(jwtAuthn.config.parse(config({ url: 'keys' })))
  assert.deepEqual(problems, { 'providers.0.keys': "'keys' is no URL" })
})
