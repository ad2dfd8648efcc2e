/**
 * Envoy 1.38 and we, configured alike, are asked the same: what clients hear and services see is compared. Where we
 * differ, a table says why, and the switch that it names must take the difference away.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { Config, JwtSpec } from './case.ts'
import { claimConfigs } from './cases/claims.ts'
import { keyConfigs, keySets } from './cases/keys.ts'
import { placeConfigs } from './cases/places.ts'
import { providerConfigs } from './cases/providers.ts'
import { rbacConfigs } from './cases/rbac.ts'
import { tokenConfigs } from './cases/tokens.ts'
import { everywhere, twiceConfigs } from './cases/twice.ts'
import { type Difference, differences } from './differences.ts'
import { type Heard, hear } from './heard.ts'
import { type Sides, startSides } from './sides.ts'

const groups = {
  places: placeConfigs,
  tokens: tokenConfigs,
  keys: keyConfigs,
  providers: providerConfigs,
  claims: claimConfigs,
  rbac: rbacConfigs,
}
const seen = new Set<Difference>()
let pairs = 0

const inWords = ({ status, body }: Heard) => `${status} ${body ?? ''}`
const isSame = (one: Heard, other: Heard) => JSON.stringify(one) === JSON.stringify(other)

for (const [group, configs] of Object.entries(groups)) compare(group, configs, null)
compare('behind a policy on the Gateway', twiceConfigs, everywhere)

function compare(group: string, configs: readonly Config[], first: JwtSpec | null): void {
  describe(group, () => {
    let sides: Sides
    before(async () => {
      sides = await startSides(configs, keySets, first)
    })
    after(() => sides.stop())
    for (const { name, asks } of configs) {
      for (const ask of asks) {
        const about = `${name}: ${ask.sentence}`
        it(about, async () => {
          const heard = [sides.envoy, sides.ours, sides.exact].map((port) => hear(port, name, ask))
          const [envoy, ours, exact] = (await Promise.all(heard)) as [Heard, Heard, Heard]
          pairs++
          if (isSame(envoy, ours)) {
            assert.deepEqual(exact, envoy, 'what is the same stays the same with every switch')
            return
          }
          const [difference, ...more] = differences.filter(({ cases }) => cases.test(about))
          assert.ok(difference !== undefined, `not a known difference: ${JSON.stringify({ envoy, ours }, null, 1)}`)
          assert.deepEqual(more, [])
          seen.add(difference)
          assert.match(inWords(ours), difference.ours)
          assert.deepEqual(exact, difference.exact === null ? ours : envoy)
        })
      }
    }
  })
}

describe('the table of differences', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/closed-holes.md'), 'utf8')
  const row = (hole: string) => page.split('\n').find((line) => line.startsWith(`| ${hole}`))
  for (const difference of differences) {
    const { hole, exact } = difference
    it(`holds no more than there is: ${hole}`, () => {
      assert.ok(seen.has(difference), 'no case differs')
      const cell = row(hole)?.split(' | ').at(-1)
      assert.ok(cell !== undefined, 'no such row in docs/closed-holes.md')
      if (exact === null) assert.doesNotMatch(cell, /--exact/)
      else assert.ok(cell.includes(`--exact ${exact}`), cell)
    })
  }
  it('is about a few of many', () => assert.ok(pairs > 1000, String(pairs)))
})
