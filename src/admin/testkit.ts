import type { NodeInfo } from '../dialects/kong/admin/node-info.ts'

import type { TargetHealthPort } from '../dialects/kong/admin/target-health.ts'

import { flag, list, optional, record, set, text } from '../policy/fields.ts'

import { type AnyPolicy, definePolicy } from '../policy/policy.ts'
import type { Store, StoreChange } from '../store/port.ts'
import { createAdminApi } from './admin-api.ts'

/** A policy with keys, groups and passwords of its own, and one that may stand on consumers. */
export const testPolicies: readonly AnyPolicy[] = [
  definePolicy({
    name: 'key-auth',
    phase: 'identify',
    summary: 'For tests.',
    config: record({
      key_names: list(text()).default(['apikey']),
      hide: flag().default(false),
      anonymous: optional(text()),
    }),
    reasons: {},
    consumerScope: false,
    entities: [
      {
        kind: 'keyauth_credentials',
        schema: record({ key: text().meta({ unique: true, auto: true }) }),
        lookup: 'key',
        expires: true,
      },
      { kind: 'acls', schema: record({ group: text() }), lookup: null, uniquePerConsumer: 'group' },
      {
        kind: 'basicauth_credentials',
        schema: record({ username: text().meta({ unique: true }), password: text().meta({ secret: true }) }),
        lookup: 'username',
        prepare: (fields, consumerId) => ({ ...fields, password: `hash(${fields['password']}|${consumerId})` }),
      },
    ],
    compile: () => ({}),
  }),
  definePolicy({
    name: 'cors',
    phase: 'guard',
    summary: 'For tests.',
    config: record({
      origins: optional(set(text())),
      limits: record({ a: flag().default(true), b: flag().default(true) }),
    }),
    reasons: {},
    compile: () => ({}),
  }),
]

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked into freely by tests
  readonly json: any
}

/** An Admin API without sockets, over the given store; the time is what the test says. */
export function adminHarness(
  store: Store,
  clock: { time: number },
  policies = testPolicies,
  info: Partial<NodeInfo> = {},
  targetHealth: TargetHealthPort = { of: async () => null, async set() {} },
) {
  const published: { changes: readonly StoreChange[]; revision: number }[] = []
  const errors: unknown[] = []
  let gate: Promise<void> = Promise.resolve()
  const app = createAdminApi({
    store,
    policies,
    targetHealth,
    clock: { now: () => clock.time },
    version: '3.9.3',
    info: {
      hostname: 'here',
      nodeId: '00000000-0000-4000-8000-000000000001',
      configuration: { log_level: 'notice' },
      figures: async () => ({ accepted: 9, open: 4, busy: 1, requests: 20 }),
      pids: () => ({ master: 1, workers: [2, 3] }),
      ...info,
    },
    logError: (error) => errors.push(error),
    async publish(changes, revision) {
      await gate
      published.push({ changes, revision })
    },
  })
  async function send(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
    const isText = typeof body === 'string'
    const init: RequestInit = { method, headers }
    if (body !== undefined) {
      init.body = isText ? body : JSON.stringify(body)
      if (!('content-type' in headers)) init.headers = { ...headers, 'content-type': 'application/json' }
    }
    const response = await app.request(path, init)
    const received = await response.text()
    const isJson = response.headers.get('content-type')?.startsWith('application/json') && received !== ''
    const answer: Answer = {
      status: response.status,
      headers: response.headers,
      text: received,
      json: isJson ? JSON.parse(received) : undefined,
    }
    return answer
  }
  return {
    app,
    published,
    errors,
    send,
    form: (method: string, path: string, body: string) =>
      send(method, path, body, { 'content-type': 'application/x-www-form-urlencoded' }),
    /** Makes `publish` wait for the promise. */
    holdPublishing: (until: Promise<void>) => {
      gate = until
    },
  }
}
export type AdminHarness = ReturnType<typeof adminHarness>
