import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type HealthEvent, HealthLedger, type HealthState } from './health-ledger.ts'

const EVENTS: Record<string, HealthEvent> = { s: 'success', h: 'http-failure', t: 'tcp-failure', o: 'timeout' }
const LIMITS: Record<HealthEvent, number> = { success: 2, 'http-failure': 3, 'tcp-failure': 2, timeout: 1 }

const rows: [sentence: string, events: string, state: HealthState, limits?: Partial<typeof LIMITS>][] = [
  ['nothing', '', 'healthy'],
  ['successes of a healthy one are not counted', 'sss', 'healthy'],
  ['one failure is not enough', 'h', 'mostly_healthy'],
  ['as many failures as the limit', 'hhh', 'unhealthy'],
  ['each kind has its own limit', 'tt', 'unhealthy'],
  ['a limit of one', 'o', 'unhealthy'],
  ['kinds do not add up', 'hht', 'mostly_healthy'],
  ['a success forgets the failures', 'hhshh', 'mostly_healthy'],
  ['a success forgets failures of every kind', 'htsht', 'mostly_healthy'],
  ['enough successes: simply healthy again', 'hss', 'healthy'],
  ['one success of an unhealthy one is not enough', 'hhhs', 'mostly_unhealthy'],
  ['as many successes as the limit', 'hhhss', 'healthy'],
  ['a failure forgets the successes', 'hhhshs', 'mostly_unhealthy'],
  ['unhealthy failures are not counted', 'hhhhhhss', 'healthy'],
  ['a limit of zero counts nothing', 'hhhhhh', 'healthy', { 'http-failure': 0 }],
  ['without successes counted nothing is forgotten', 'hshsh', 'unhealthy', { success: 0 }],
  ['without successes counted it stays unhealthy', 'hhhssssss', 'unhealthy', { success: 0 }],
  ['falling back takes the whole limit', 'hhhsh', 'mostly_unhealthy'],
]
for (const [sentence, events, state, limits = {}] of rows) {
  test(sentence, () => {
    const ledger = new HealthLedger()
    const all = { ...LIMITS, ...limits }
    let told: HealthState = 'healthy'
    for (const letter of events) {
      const event = EVENTS[letter]!
      told = ledger.count('a', event, all[event]) ?? told
    }
    assert.equal(ledger.state('a'), state)
    assert.equal(told, state, 'every change is told')
    assert.deepEqual(ledger.states(), state === 'healthy' ? [] : [['a', state]])
  })
}

test('by hand, and what was counted is forgotten', () => {
  const ledger = new HealthLedger()
  ledger.count('a', 'http-failure', 2)
  ledger.set('a', 'healthy')
  assert.equal(ledger.count('a', 'http-failure', 2), 'mostly_healthy')
  ledger.set('a', 'unhealthy')
  assert.equal(ledger.state('a'), 'unhealthy')
  assert.equal(ledger.state('b'), 'healthy')
  ledger.forget('a')
  assert.equal(ledger.state('a'), 'healthy')
})
