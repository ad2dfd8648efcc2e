import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Address } from './address.ts'
import { HashRing } from './hash-ring.ts'
import { Latency } from './latency.ts'
import { LeastConnections } from './least-connections.ts'
import { RoundRobin } from './round-robin.ts'
import { addressesOf, makeBalancer, upstreamSpec } from './test-kit.ts'
import { xxhash32 } from './xxhash32.ts'

/** By weight; the test is about the choosing, so the balancer's own is not asked. */
function addresses(weights: Readonly<Record<string, number>>): Address[] {
  const targets = Object.fromEntries(
    Object.entries(weights).map(([name, weight], n) => [`10.0.0.${n + 1}:${name}`, weight]),
  )
  return addressesOf(makeBalancer(upstreamSpec(targets)).balancer)
}

const rounds: [sentence: string, weights: Record<string, number>, round: string][] = [
  ['equals take turns', { 1: 1, 2: 1, 3: 1 }, '123123'],
  ['a heavy one is spread out', { 1: 5, 2: 1, 3: 1 }, '11123111112311'],
  ['weights are proportions', { 1: 200, 2: 100 }, '121121'],
  ['one alone', { 1: 7 }, '111'],
  ['nobody', {}, '---'],
]
for (const [sentence, weights, round] of rounds) {
  test(`round robin: ${sentence}`, () => {
    const choosing = new RoundRobin(0)
    choosing.update(addresses(weights))
    const turn = Array.from(round, () => choosing.next(null, null)?.port ?? '-').join('')
    // where on the wheel it begins does not matter
    assert.ok((round + round).includes(turn), turn)
  })
}

test('round robin: weights that have no common divisor make no endless wheel', () => {
  const choosing = new RoundRobin()
  const [heavy, light] = addresses({ 1: 65_535, 2: 65_534 })
  choosing.update([heavy!, light!])
  let heavier = 0
  for (let n = 0; n < 65_536; n++) if (choosing.next(null, null) === heavy) heavier++
  assert.equal(heavier, 32_768)
})

test('round robin: what failed the request is left out', () => {
  const choosing = new RoundRobin()
  const [a, b] = addresses({ 1: 1, 2: 1 })
  choosing.update([a!, b!])
  for (let n = 0; n < 4; n++) assert.equal(choosing.next(null, [a!]), b)
  assert.equal(choosing.next(null, [a!, b!]), null)
})

const hashes: [text: string, hash: number][] = [
  ['', 0x02cc5d05],
  ['a', 0x550d7456],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
]
for (const [text, hash] of hashes) {
  test(`XXH32 of ${JSON.stringify(text)}`, () => assert.equal(xxhash32(Buffer.from(text)) >>> 0, hash))
}

const KEYS = Array.from({ length: 2000 }, (_, n) => xxhash32(Buffer.from(`caller-${n}`)))

function ring(weights: Readonly<Record<string, number>>, slots = 10_000) {
  const all = addresses(weights)
  const choosing = new HashRing(slots, new RoundRobin(0))
  choosing.update(all, all)
  const owners = () => KEYS.map((key) => choosing.next(key, null)?.port)
  return { all, choosing, owners }
}

test('ring: a key meets the same address again, in every process', () => {
  const [here, there] = [ring({ 1: 100, 2: 100, 3: 100 }), ring({ 1: 100, 2: 100, 3: 100 })]
  assert.deepEqual(here.owners(), here.owners())
  assert.deepEqual(here.owners(), there.owners())
})

test('ring: keys are shared by weight', () => {
  const owners = ring({ 1: 300, 2: 100 }).owners()
  const share = owners.filter((port) => port === 1).length / KEYS.length
  assert.ok(share > 0.65 && share < 0.85, `${share}`)
})

test('ring: an address that falls ill gives away its own keys and no others, and gets them back', () => {
  const { all, choosing, owners } = ring({ 1: 100, 2: 100, 3: 100 })
  const before = owners()
  choosing.update(
    all.filter(({ port }) => port !== 2),
    all,
  )
  const during = owners()
  during.forEach((port, n) => {
    if (before[n] !== 2) assert.equal(port, before[n])
    else assert.notEqual(port, 2)
  })
  choosing.update(all, all)
  assert.deepEqual(owners(), before)
})

test('ring: every place leads to somebody, also those below the first point', () => {
  const { choosing } = ring({ 1: 100 }, 1000)
  for (let place = 0; place < 1000; place++) assert.notEqual(choosing.next(place, null), null)
})

test('ring: more addresses than the ring has room for all get keys', () => {
  const many = Object.fromEntries(Array.from({ length: 250 }, (_, n) => [n + 1, 100]))
  const owners = new Set(ring(many).owners())
  assert.ok(owners.size > 225, `${owners.size} of 250 own some of 2000 keys`)
})

test('ring: a changed weight moves keys', () => {
  const { all, choosing, owners } = ring({ 1: 100, 2: 100 })
  const share = () => owners().filter((port) => port === 1).length
  const before = share()
  all[0]!.weight = 900
  choosing.update(all, all)
  assert.ok(share() > before + 300, `${before} to ${share()}`)
})

test('ring: an address that comes takes about its share of the keys', () => {
  const before = ring({ 1: 100, 2: 100, 3: 100 }).owners()
  const after = ring({ 1: 100, 2: 100, 3: 100, 4: 100 }).owners()
  const moved = after.filter((port, n) => port !== before[n])
  assert.ok(moved.length / KEYS.length < 0.45, `${moved.length}`)
  assert.ok(moved.filter((port) => port === 4).length / moved.length > 0.6)
})

test('ring: what failed the request is left out, and the next one on the ring takes it', () => {
  const { all, choosing } = ring({ 1: 100, 2: 100, 3: 100 })
  for (const key of KEYS.slice(0, 50)) {
    const first = choosing.next(key, null)!
    const second = choosing.next(key, [first])!
    assert.notEqual(second, first)
    assert.equal(choosing.next(key, [first]), second)
    assert.equal(choosing.next(key, all), null)
  }
})

test('ring: requests that nothing tells apart take turns', () => {
  const { choosing } = ring({ 1: 100, 2: 100 })
  const turn = [1, 2, 3, 4].map(() => choosing.next(null, null)!.port)
  assert.deepEqual(turn.toSorted(), [1, 1, 2, 2])
})

/** Worked out by another implementation of Kong's layout: who owns `caller-0` to `caller-19`. */
const kongs: [slots: number, weights: Record<string, number>, owners: string][] = [
  [10000, { 1: 100, 2: 100, 3: 100 }, '12213223311113323122'],
  [1000, { 1: 50, 2: 100, 3: 200, 4: 1 }, '32312233132333313132'],
  [65536, { 1: 1, 2: 1, 3: 1, 4: 1, 5: 1 }, '21144311113135551513'],
]
for (const [slots, weights, owners] of kongs) {
  test(`ring: keys meet the addresses that Kong gives them, ${Object.keys(weights).length} on ${slots} places`, () => {
    const found = ring(weights, slots).owners().slice(0, owners.length)
    assert.equal(found.join(''), owners)
  })
}

const least: [sentence: string, weights: Record<string, number>, steps: string, chosen: string][] = [
  ['the idle one', { 1: 1, 2: 1, 3: 1 }, '+++', '123'],
  ['a finished one is idle again', { 1: 1, 2: 1 }, '++2+2+', '1222'],
  ['twice the weight, twice the requests', { 1: 2, 2: 1 }, '++++++', '121121'],
]
for (const [sentence, weights, steps, chosen] of least) {
  test(`least connections: ${sentence}`, () => {
    const choosing = new LeastConnections()
    const all = addresses(weights)
    choosing.update(all)
    let seen = ''
    for (const step of steps) {
      if (step !== '+') {
        choosing.ended(all[Number(step) - 1]!)
        continue
      }
      const address = choosing.next(null, null)!
      choosing.began(address)
      seen += address.port
    }
    assert.equal([...seen].toSorted().join(''), [...chosen].toSorted().join(''))
  })
}

test('least connections: the heap keeps its order through much coming and going', () => {
  const choosing = new LeastConnections()
  const all = addresses(Object.fromEntries(Array.from({ length: 40 }, (_, n) => [n + 1, 1 + (n % 7)])))
  choosing.update(all)
  const open: Address[] = []
  for (let n = 0; n < 5000; n++) {
    if (n % 3 === 2) {
      choosing.ended(open.splice((n * 7919) % open.length, 1)[0]!)
      continue
    }
    const address = choosing.next(null, null)!
    const least = Math.min(...all.map(({ busy, weight }) => (busy + 1) / weight))
    assert.equal((address.busy + 1) / address.weight, least)
    choosing.began(address)
    open.push(address)
  }
})

test('least connections: what failed the request is left out', () => {
  const choosing = new LeastConnections()
  const [a, b, c] = addresses({ 1: 1, 2: 1, 3: 1 })
  choosing.update([a!, b!, c!])
  choosing.began(b!)
  assert.equal(choosing.next(null, [a!]), c)
  assert.equal(choosing.next(null, [a!, c!]), b)
  assert.equal(choosing.next(null, [a!, b!, c!]), null)
})

function latency(weights: Readonly<Record<string, number>>) {
  const time = { now: 0 }
  const dice = { next: 0 }
  const all = addresses(weights)
  const choosing = new Latency(
    () => time.now,
    () => dice.next,
  )
  choosing.update(all)
  return { time, dice, all, choosing }
}

test('latency: of two taken at random the faster one for its weight', () => {
  const { time, all, choosing } = latency({ 1: 1, 2: 1 })
  time.now = 10_000
  choosing.ended(all[0]!, 200)
  choosing.ended(all[1]!, 20)
  assert.equal(choosing.next(null, null), all[1])
  const heavy = latency({ 1: 20, 2: 1 })
  heavy.time.now = 10_000
  heavy.choosing.ended(heavy.all[0]!, 200)
  heavy.choosing.ended(heavy.all[1]!, 20)
  assert.equal(heavy.choosing.next(null, null), heavy.all[0])
})

test('latency: old measurements fade', () => {
  const { time, all, choosing } = latency({ 1: 1, 2: 1 })
  time.now = 10_000
  choosing.ended(all[0]!, 1000)
  assert.ok(Math.abs(all[0]!.smoothedMs - 632.12) < 0.01, 'e-folding in ten seconds')
  choosing.ended(all[1]!, 30)
  assert.equal(choosing.next(null, null), all[1])
  time.now = 100_000
  choosing.ended(all[1]!, 30)
  assert.equal(choosing.next(null, null), all[0], 'the slow one is tried again')
})

test('latency: one that is new begins at the average of the others', () => {
  const { time, all, choosing } = latency({ 1: 1, 2: 1, 3: 1 })
  choosing.update(all.slice(0, 2))
  time.now = 1e9
  choosing.ended(all[0]!, 100)
  choosing.ended(all[1]!, 300)
  choosing.update(all)
  assert.equal(all[2]!.smoothedMs, 200)
})

test('latency: a request that came to nothing is not measured', () => {
  const { time, all, choosing } = latency({ 1: 1 })
  time.now = 10_000
  choosing.ended(all[0]!, null)
  assert.equal(all[0]!.touchedAt, 0)
})

test('latency: what failed the request is left out', () => {
  const { all, choosing } = latency({ 1: 1, 2: 1 })
  assert.equal(choosing.next(null, [all[0]!]), all[1])
  assert.equal(choosing.next(null, all), null)
})
