import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { entityKinds } from '../../dialects/kong/entities/kinds.ts'
import { policies } from '../../policies/index.ts'
import { shownPath } from './shown-path.ts'

const kinds = entityKinds(policies, () => 0)
const ID = '99999999-9999-4999-8999-999999999999'
const rows: [pattern: string, params: Record<string, string>, shown: string][] = [
  ['/services/:services', { services: 'orders' }, '/services/orders'],
  ['/services/:services', { services: 'a/b\n' }, '/services/a%2Fb%0A'],
  [
    '/consumers/:consumers/basic-auth/:basicauth_credentials',
    { consumers: 'bob', basicauth_credentials: 'bob' },
    '/consumers/bob/basic-auth/bob',
  ],
  ['/key-auths/:keyauth_credentials', { keyauth_credentials: 'top-secret' }, '/key-auths/{keyauth_credentials}'],
  ['/key-auths/:keyauth_credentials', { keyauth_credentials: ID }, `/key-auths/${ID}`],
  ['/oauth2_tokens/:oauth2_tokens', { oauth2_tokens: 'top-secret' }, '/oauth2_tokens/{oauth2_tokens}'],
  ['/sessions/:sessions', { sessions: 'top-secret' }, '/sessions/{sessions}'],
  ['/jwts/:jwt_secrets', { jwt_secrets: 'top-secret' }, '/jwts/{jwt_secrets}'],
  ['/cache/:key', { key: 'keyauth:top-secret' }, '/cache/{key}'],
]

describe('paths in the log', () => {
  for (const [pattern, params, shown] of rows) {
    it(`show ${shown}`, () => assert.equal(shownPath(pattern, params, kinds), shown))
  }
})
