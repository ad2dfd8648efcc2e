import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policies } from '../../../policies/index.ts'
import { FakeClock } from '../../../policy/test-kit.ts'
import { entityKinds } from '../entities/kinds.ts'
import { readKongText } from '../file.ts'
import { planned } from './plan.ts'

const clock = new FakeClock()
const kinds = entityKinds(policies, () => clock.now())

/** What would change a gateway that holds one such plugin into one that holds another. */
async function differences(name: string, before: object, after: object) {
  const entities = (config: object) => {
    const plugin = { id: 'a1a2b3c4-1111-4222-8333-444455556666', name, config }
    const text = JSON.stringify({ _format_version: '3.0', plugins: [plugin] })
    const file = readKongText(text, 'kong.json', policies, clock, {}, 'seed')
    assert.deepEqual(file.problems, [])
    return file.entities
  }
  const steps = await planned(entities(after), entities(before), kinds, clock.now(), null)
  return steps.flatMap((step) => step.differences.map(({ field, isSecret }) => [field, isSecret]))
}

const collector = (authorization: string) => ({ http_endpoint: 'http://a.test/', headers: { authorization } })
const rows: [what: string, name: string, before: object, after: object, told: [string, boolean][]][] = [
  ['a secret', 'session', { secret: 'a' }, { secret: 'b' }, [['config.secret', true]]],
  ['a map of secrets', 'http-log', collector('a'), collector('b'), [['config.headers', true]]],
  ['what is none', 'session', { rolling_timeout: 1 }, { rolling_timeout: 2 }, [['config.rolling_timeout', false]]],
]
for (const [what, name, before, after, told] of rows) {
  test(`differences of ${what}`, async () => {
    assert.deepEqual(await differences(name, before, after), told)
  })
}
