import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Consumer, Directory } from '../policy/directory.ts'
import { type Identity, Principal } from '../policy/identity.ts'
import type { CompiledPolicy } from '../policy/policy.ts'
import { abstain, answered, denied, identified, next, type Verdict } from '../policy/verdict.ts'
import type { Chain, CompiledUse } from '../snapshot/route.ts'
import type { HttpExchange } from './exchange.ts'
import { runRequest } from './pipeline.ts'

const consumer = (id: string): Consumer => ({
  id,
  username: id,
  customId: null,
  stamp: { row: id.length, generation: 0 },
})
const proof = (id: string): Verdict => {
  const identity: Identity = {
    policy: 'p',
    consumer: consumer(id),
    credential: { id: `${id}-key`, identifier: id, stamp: { row: id.split('/').at(-1)!.length, generation: 0 } },
    claims: null,
    groups: null,
    scopes: null,
    anonymous: false,
  }
  return identified(identity)
}
const no = denied({ code: 'no', status: 401, message: 'No' })
const couldNot = denied({ code: 'could-not', status: 500, message: 'Broken' })
const late = (verdict: Verdict) => Promise.resolve(verdict)

/** A directory in which `gone` and `nobody` are missing. */
const directory = {
  consumerNamed: (name: string) => (name === 'nobody' ? null : consumer(name)),
  isCurrent: ({ row }: { row: number }) => row !== 'gone'.length,
} as unknown as Directory

type Own = ReturnType<NonNullable<CompiledPolicy['endpoint']>>
type Step = readonly [verdict: Verdict | Promise<Verdict>, anonymous?: string, endpoint?: Own]

/** How the chain ends: `on` with who it is, or the reason it refuses for. Steps that ran are counted. */
async function ends(steps: readonly Step[], conclude?: CompiledPolicy['conclude']): Promise<string> {
  let ran = 0
  const slots = steps.map(([verdict, anonymous = null, own]) => {
    const request = () => {
      ran++
      return verdict
    }
    const use: CompiledUse = {
      id: 'u',
      policy: 'p',
      phase: 'identify',
      steps: { request, ...(own && { endpoint: () => own }), ...(conclude && { conclude }) },
      anonymous,
      bodyBytes: 0,
    }
    return { policy: 'p', use, byConsumer: null }
  })
  const chain: Chain = { slots, bodyBytes: 0, concludes: true, observesResponse: false, recordsExchange: false }
  const exchange = { principal: new Principal(), refusedBy: null, matchAgainBy: null } as unknown as HttpExchange
  const outcome = await runRequest(chain, exchange, directory)
  const end =
    outcome === null
      ? `on as ${exchange.principal.current?.consumer?.id ?? 'nobody'}`
      : outcome.kind === 'refused'
        ? outcome.refusal.reason.code
        : outcome.kind
  return `${end} after ${ran}`
}

const rows: [sentence: string, steps: Step[], end: string][] = [
  ['no step: on', [], 'on as nobody after 0'],
  ['next and abstain go on', [[next], [abstain]], 'on as nobody after 2'],
  ['a refusal ends the walk', [[no], [next]], 'no after 1'],
  ['an answer ends the walk', [[answered({ status: 200, headers: [], body: '' })], [next]], 'answered after 1'],
  ['AND: both must succeed', [[proof('a')], [proof('bb')]], 'on as bb after 2'],
  ['AND: the second refuses whatever the first found', [[proof('a')], [no]], 'no after 2'],
  [
    'OR: the second is not asked once the first identified',
    [
      [proof('a'), 'guest'],
      [no, 'guest'],
    ],
    'on as a after 1',
  ],
  [
    'OR: the second may identify where the first refuses',
    [
      [no, 'guest'],
      [proof('bb'), 'guest'],
    ],
    'on as bb after 2',
  ],
  [
    'OR: nobody proved anything: the anonymous consumer',
    [
      [no, 'guest'],
      [no, 'guest'],
    ],
    'on as guest after 2',
  ],
  ['OR: an anonymous consumer that does not exist closes the door', [[no, 'nobody']], 'anonymous-missing after 1'],
  ['OR: one that could not judge closes the door', [[couldNot, 'guest']], 'could-not after 1'],
  ['mixed: one without anonymous must succeed by itself', [[proof('a'), 'guest'], [no]], 'no after 2'],
  ['late: a verdict may come later', [[late(proof('a'))], [late(next)]], 'on as a after 2'],
  ['late: a refusal ends the walk', [[late(no)], [next]], 'no after 1'],
  [
    'late: OR as well',
    [
      [late(no), 'guest'],
      [late(proof('bb')), 'guest'],
    ],
    'on as bb after 2',
  ],
  [
    'late: who was identified before is gone behind the wait',
    [[proof('gone')], [late(next)], [next]],
    'principal-gone after 2',
  ],
  ['late: the credential is gone behind the wait', [[proof('keyless/gone')], [late(next)]], 'principal-gone after 2'],
  ['late: who was identified by the wait itself is gone', [[late(proof('gone'))], [next]], 'principal-gone after 1'],
  ['late: a stand-in that is gone does not stand in', [[no, 'gone'], [late(next)]], 'principal-gone after 2'],
  ['without a wait nothing can have gone', [[proof('gone')], [next]], 'on as gone after 2'],
]
for (const [sentence, steps, end] of rows) {
  test(sentence, async () => assert.equal(await ends(steps), end))
}

test('what a late step throws is thrown, so that the caller closes the door', async () => {
  await assert.rejects(ends([[Promise.reject(new Error('broke'))]]), /broke/)
})

const own = (verdict: ReturnType<typeof answered> | typeof no | Promise<typeof no>): Step => [next, 'guest', verdict]
const endpoints: [sentence: string, steps: Step[], end: string][] = [
  ['an endpoint answers', [own(answered({ status: 200, headers: [], body: '' })), [next]], 'answered after 0'],
  ['its refusal is final, whatever stand-in there is', [own(no), [next]], 'no after 0'],
  ['also when it comes late', [own(late(no) as Promise<typeof no>), [next]], 'no after 0'],
  ['it is asked though somebody was identified', [[proof('a')], own(no)], 'no after 1'],
  [
    'what stands before it must have let the request pass',
    [[no], own(answered({ status: 200, headers: [], body: '' }))],
    'no after 1',
  ],
]
for (const [sentence, steps, end] of endpoints) {
  test(`${sentence}: ${end}`, async () => assert.equal(await ends(steps), end))
}

const conclusions: [sentence: string, steps: Step[], end: string][] = [
  ['passed', [[proof('a')], [next]], 'on as a after 2'],
  ['refused', [[proof('a')], [no]], 'no after 2'],
  ['refused late', [[late(no)], [next]], 'no after 1'],
  ['answered', [own(answered({ status: 200, headers: [], body: '' })), [next]], 'answered after 0'],
]
for (const [sentence, steps, end] of conclusions) {
  for (const when of ['at once', 'late']) {
    test(`every policy concludes, ${when}, when the chain ${sentence}`, async () => {
      let concluded = 0
      const conclude = () => {
        concluded++
        return when === 'late' ? Promise.resolve() : undefined
      }
      assert.equal(await ends(steps, conclude), end)
      assert.equal(concluded, steps.length)
    })
  }
}

test('who is gone when the last has concluded is refused', async () => {
  assert.equal(await ends([[proof('gone')]], async () => {}), 'principal-gone after 1')
  assert.equal(await ends([[proof('gone')]], () => {}), 'on as gone after 1')
})
