import assert from 'node:assert/strict'
import { beforeEach, describe, it } from 'node:test'
import { type HeldSecret, Secrets } from './secrets.ts'
import { failed, found, type ReadOutcome, type VaultConfig } from './vault.ts'
import { placeOf, type VaultPlace } from './vault-config.ts'

const ADDRESS = { resource: 'x', key: null, version: null }
const TEXT = '{vault://mine/x?token=secret}'

describe('secrets', () => {
  let time: number
  let reads: number
  let configs: VaultConfig[]
  let answer: () => ReadOutcome | Promise<ReadOutcome>
  let told: string[]
  let changes: (string | null)[]
  let secrets: Secrets
  beforeEach(() => {
    time = 1_000_000
    reads = 0
    configs = []
    told = []
    changes = []
    answer = () => found('one')
    const vault = {
      async read(_: unknown, config: VaultConfig) {
        reads++
        configs.push(config)
        return answer()
      },
    }
    const env = { SALLYPORT_VAULT_ENV_PREFIX: 'APP_' }
    const vaults = new Map([
      ['hcv', vault],
      ['env', { read: async ({ resource }: { resource: string }) => found(`env ${resource}`) }],
    ])
    const tell = (...event: unknown[]) => void told.push(event.map(String).join(' | '))
    secrets = new Secrets({ vaults, env, now: () => time, tell })
  })

  function placed(config: object): VaultPlace {
    const place = placeOf('hcv', { ...config }, {})
    assert.ok(!('problem' in place), JSON.stringify(place))
    return place
  }
  async function hold(config: object = {}): Promise<HeldSecret> {
    const held: HeldSecret = secrets.hold(TEXT, placed(config), ADDRESS, () => changes.push(held.value))
    await held.firstReading
    return held
  }
  const after = async (seconds: number) => {
    time += seconds * 1000
    await secrets.refresh()
  }

  it('are read once for all who hold them at one time', async () => {
    const [one, two] = await Promise.all([hold(), hold()])
    assert.deepEqual([one?.value, two?.value, reads], ['one', 'one', 1])
  })
  it('are never read anew without a ttl', async () => {
    const held = await hold()
    answer = () => found('two')
    await after(10_000_000)
    assert.deepEqual([held.value, reads], ['one', 1])
  })
  it('are read anew when their ttl is over, and not before; who holds them is told', async () => {
    const held = await hold({ ttl: 60 })
    answer = () => found('two')
    await after(59)
    assert.deepEqual([held.value, reads], ['one', 1])
    await after(1)
    assert.deepEqual([held.value, reads, changes], ['two', 2, ['one', 'two']])
    assert.deepEqual(told, ['rotated | {vault://mine/x} | null'])
  })
  it('keep their last good value while they cannot be read, and try again', async () => {
    const held = await hold({ ttl: 60 })
    answer = () => failed('the vault is away')
    await after(60)
    await after(100_000)
    assert.deepEqual([held.value, held.problem], ['one', 'the vault is away'])
    answer = () => found('two')
    await after(10)
    assert.deepEqual([held.value, held.problem], ['two', null])
  })
  it('lose it once resurrect_ttl is over too', async () => {
    const held = await hold({ ttl: 60, resurrect_ttl: 30 })
    answer = () => failed('away')
    await after(60)
    await after(29)
    assert.equal(held.value, 'one')
    await after(1)
    assert.deepEqual([held.value, changes], [null, ['one', null]])
  })
  it('lose it in time though a reading hangs', async () => {
    const held = await hold({ ttl: 60, resurrect_ttl: 30 })
    answer = () => new Promise(() => {})
    time += 60_000
    void secrets.refresh()
    time += 30_000
    await secrets.refresh()
    assert.equal(held.value, null)
  })
  it('without a value are asked for again after neg_ttl', async () => {
    answer = () => failed('no such secret')
    const held = await hold({ neg_ttl: 30 })
    answer = () => found('one')
    await after(29)
    assert.deepEqual([held.value, held.problem, reads], [null, 'no such secret', 1])
    await after(1)
    assert.deepEqual([held.value, reads, changes], ['one', 2, ['one']])
  })
  it('without a value are asked for again after ten seconds where nobody says', async () => {
    answer = () => failed('no such secret')
    const held = await hold()
    answer = () => found('one')
    await after(10)
    assert.equal(held.value, 'one')
  })
  it('are none when they are empty: everybody knows those', async () => {
    answer = () => found('')
    assert.deepEqual([(await hold()).value, (await hold()).problem], [null, 'its value is empty'])
  })
  it('of a vault that breaks are none, and nothing of the error is told', async () => {
    answer = () => {
      throw new RangeError('token=s.secret')
    }
    assert.equal((await hold()).problem, 'the vault could not be read (RangeError)')
    assert.deepEqual(told, ['unresolved | {vault://mine/x} | the vault could not be read (RangeError)'])
  })
  it('are told of once a minute while they fail, and when they are back', async () => {
    answer = () => failed('away')
    await hold()
    for (let n = 0; n < 6; n++) await after(10)
    assert.equal(told.length, 2)
    answer = () => found('one')
    await after(10)
    assert.equal(told.at(-1), 'regained | {vault://mine/x} | null')
  })
  it('fill no log, however many of them fail', async () => {
    answer = () => failed('away')
    const held = Array.from({ length: 100 }, (_, n) => {
      return secrets.hold(TEXT, placed({}), { ...ADDRESS, resource: `r${n}` }, () => {})
    })
    await Promise.all(held.map(({ firstReading }) => firstReading))
    assert.deepEqual([told.length, reads], [20, 100])
  })
  it('are forgotten when nobody holds them any more', async () => {
    const [one, two] = [await hold({ ttl: 60 }), await hold({ ttl: 60 })]
    one.release()
    await after(60)
    assert.equal(reads, 2)
    two.release()
    await after(60)
    assert.equal(reads, 2)
  })
  it('may be base64', async () => {
    answer = () => found('b25l')
    assert.equal((await hold({ base64_decode: true })).value, 'one')
  })
  it('are read with settings that are references themselves', async () => {
    await hold({ token: '{vault://env/hcv-token}' })
    assert.equal(configs[0]?.['token'], 'env hcv-token')
  })
  it('are not read with settings that would need a secret in turn', async () => {
    const held = await hold({ token: '{vault://hcv/hcv-token}' })
    assert.match(held.problem ?? '', /'token': only env, file, fs can stand for it/)
    assert.equal(reads, 0)
  })
})
