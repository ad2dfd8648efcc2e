/** What users' policies import. A name that goes, or means something else, breaks gateways we never see. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as contract from './contract.ts'
import * as testKit from './test-kit.ts'

test('the names of sallyport/policy', () => {
  const fields = ['flag', 'headerName', 'integer', 'list', 'map', 'number', 'oneOf', 'optional', 'record']
  const verdicts = ['abstain', 'answered', 'denied', 'identified', 'next']
  const others = ['definePolicy', 'headerValue', 'member', 'memberAt', 'secret', 'set', 'text', 'z']
  assert.deepEqual(Object.keys(contract).sort(), [...fields, ...verdicts, ...others].sort())
})

test('the names of sallyport/policy/test-kit', () => {
  const names = ['FakeClock', 'FakeDirectory', 'FakeExchange', 'FakeLog', 'FakeResponse', 'compilePolicy']
  const more = ['fakeIdentity', 'fakeOutcome', 'fakeTools', 'inWords', 'judge']
  const known = Object.keys(testKit)
  for (const name of [...names, ...more]) assert.ok(known.includes(name), name)
})

// Types: this compiles for as long as what the guide tells stays true.
const reasons = { refused: { code: 'refused', status: 403, message: 'No' } } satisfies Record<string, contract.Reason>
const typed = contract.definePolicy({
  name: 'typed',
  phase: 'authorize' satisfies contract.Phase,
  summary: 'Uses every part of the contract.',
  priority: 945,
  config: contract.record({ names: contract.list(contract.text()), most: contract.optional(contract.integer(1, 9)) }),
  check: ({ names, most }) => (names.length > (most ?? 0) ? { names: 'too many' } : {}),
  reasons,
  identityHeaders: ({ names }) => names,
  credentialNames: ({ names }) => ({ headers: names, query: names }) satisfies contract.CredentialNames,
  entities: [{ kind: 'badges', schema: contract.record({ badge: contract.secret() }), lookup: 'badge' }],
  needs: { body: ({ most }) => most ?? 0, clientCertificate: true },
  compile({ names }, { directory, clock, registry, log, fetch, useId, entities }: contract.Tools) {
    const seen = registry.get(`typed ${useId}`, () => new Map<string, number>())
    void [fetch, entities]
    return {
      request(exchange: contract.Exchange): contract.Verdict {
        const credential: contract.Credential | null = directory.credential('badges', exchange.header('badge') ?? '')
        seen.set(exchange.id, clock.now())
        if (credential === null) return contract.denied(reasons.refused, { log: 'no badge' })
        for (const name of names) exchange.setHeader(name, contract.headerValue(credential.id) ?? '')
        return contract.next
      },
      response(exchange, response: contract.ResponseView) {
        if (response.status >= 500) exchange.setResponseHeader('x-broke', 'yes')
      },
      record(exchange, _response, outcome: contract.Outcome) {
        if (!outcome.complete) log.warn({ id: exchange.id }, 'broke off')
      },
      dispose: () => seen.clear(),
    } satisfies contract.CompiledPolicy
  },
})

test('a policy that uses all of it runs', () => {
  const directory = new testKit.FakeDirectory()
  directory.addCredential('badges', '42', { badge: '42' }, directory.addConsumer(), { id: 'gold' })
  const compiled = testKit.compilePolicy(typed, { names: ['x-badge'], most: 1 }, { directory })
  const exchange = new testKit.FakeExchange({ headers: { badge: '42' } })
  assert.equal(testKit.inWords(testKit.judge(compiled, exchange)), 'next')
  assert.deepEqual(exchange.upstream.set, { 'x-badge': 'gold' })
  assert.equal(testKit.inWords(testKit.judge(compiled, new testKit.FakeExchange())), '403 refused')
})
