import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, inWords, judge } from '../../policy/test-kit.ts'
import { jwtAuthn } from './handler.ts'

const given = { providers: [{ name: 'a', keys: { local: '{"keys":[]}' } }] }

const rows: [sentence: string, config: object, request: object, verdict: string][] = [
  ['no token', {}, {}, '401 token-missing'],
  ['no token, where none is needed', { validationMode: 'allow-missing' }, {}, 'abstain'],
  ['a token, and no key', {}, { headers: { authorization: 'Bearer x' } }, '401 keys-unusable'],
]
for (const [sentence, config, request, verdict] of rows) {
  test(sentence, () => {
    const compiled = compilePolicy(jwtAuthn, { ...given, ...config })
    assert.equal(inWords(judge(compiled, new FakeExchange(request))), verdict)
  })
}
