import assert from 'node:assert/strict'
import test from 'node:test'
import { isReference, parseReference, shownReference } from './reference.ts'

const reference = (vault: string, resource: string, more: object = {}) => {
  return { vault, resource, key: null, version: null, options: {}, ...more }
}

const good: [text: string, parsed: object][] = [
  ['{vault://env/my-secret}', reference('env', 'my-secret')],
  ['{vault://hcv/db/password}', reference('hcv', 'db', { key: 'password' })],
  ['{vault://hcv/team/db/password}', reference('hcv', 'team/db', { key: 'password' })],
  ['{vault://aws/team/db/}', reference('aws', 'team/db')],
  ['{vault://env/my%2Fsecret}', reference('env', 'my/secret')],
  ['{vault://env/s%C3%BC%3F}', reference('env', 'sü?')],
  ['{vault://my-env2/x?prefix=A_&ttl=60}', reference('my-env2', 'x', { options: { prefix: 'A_', ttl: '60' } })],
  ['{vault://env/x/y?ttl=5#2}', reference('env', 'x', { key: 'y', options: { ttl: '5' }, version: 2 })],
  ['{vault://env/x#1}', reference('env', 'x', { version: 1 })],
]
for (const [text, parsed] of good) {
  test(`${text} is read`, () => {
    assert.deepEqual(parseReference(text), parsed)
  })
}

const bad: [text: string, problem: RegExp][] = [
  ['{vault://}', /name of the vault/],
  ['{vault://env}', /name of the secret/],
  ['{vault://env/}', /name of the secret/],
  ['{vault://env//x}', /name of the secret/],
  ['{vault://Env/x}', /name of the vault/],
  ['{vault:///x}', /name of the vault/],
  ['{vault://env/%zz}', /percent sign/],
  ['{vault://env/%ff}', /percent sign/],
  ['{vault://env/x#new}', /no number/],
  ['{vault://env/x#0}', /no number/],
  ['{vault://env/x#1#2}', /more than one #/],
  ['{vault://env/x?a=1?b=2}', /more than one \?/],
]
for (const [text, problem] of bad) {
  test(`${text} is refused`, () => {
    const parsed = parseReference(text)
    assert.match('problem' in parsed ? parsed.problem : '', problem)
  })
}

const texts: [text: unknown, is: boolean][] = [
  ['{vault://env/x}', true],
  ['{vault://}', true],
  ['Bearer {vault://env/x}', false],
  ['{vault://env/x} ', false],
  ['{Vault://env/x}', false],
  [null, false],
]
for (const [text, is] of texts) {
  test(`${JSON.stringify(text)} is ${is ? 'a' : 'no'} reference: only a whole text can be one`, () => {
    assert.equal(isReference(text), is)
  })
}

const shown: [text: string, shown: string][] = [
  ['{vault://hcv/db/x}', '{vault://hcv/db/x}'],
  ['{vault://hcv/db/x?token=s.secret}', '{vault://hcv/db/x}'],
  ['{vault://hcv/db/x?token=s.secret#2}', '{vault://hcv/db/x#2}'],
]
for (const [text, expected] of shown) {
  test(`logs tell ${text} as ${expected}`, () => {
    assert.equal(shownReference(text), expected)
  })
}
