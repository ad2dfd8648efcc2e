import type { TextMatch } from '../../src/model/model.ts'
import type { Matchable } from '../../src/snapshot/route.ts'
import { TextMatcher } from '../../src/snapshot/text-matcher/text-matcher.ts'

/**
 * Nanoseconds to find a route among few and many, and to replace one among many.
 * Run: `sh tools/node.sh bench/micro/matcher.ts`
 */
const shapes: Readonly<Record<string, (n: number) => Pick<TextMatch, 'hosts' | 'path'>>> = {
  'a path each': (n) => ({ hosts: null, path: { kind: 'prefix', value: `/service-${n}/v1` } }),
  'a host each': (n) => ({ hosts: [`h${n}.example.com`], path: { kind: 'prefix', value: '/' } }),
  'an expression each': (n) => ({ hosts: null, path: { kind: 'regex', value: `/service-${n}/\\d+$` } }),
}

function measure(shape: (n: number) => Pick<TextMatch, 'hosts' | 'path'>, count: number): string {
  const matcher = new TextMatcher<number>()
  const matchOf = (n: number): TextMatch => ({
    methods: null,
    headers: [],
    snis: null,
    sources: null,
    destinations: null,
    order: { high: 0, low: 0 },
    ...shape(n),
  })
  for (let n = 0; n < count; n++) matcher.put(`route-${n}`, [matchOf(n)], n)
  const requests = Array.from({ length: 1000 }, (_, i): Matchable => {
    const n = Math.floor((i * count) / 1000)
    const path = `/service-${n}/${shape(n).path?.kind === 'regex' ? '42' : 'v1/things/42'}`
    return {
      method: 'GET',
      hostname: `h${n}.example.com`,
      path,
      query: '',
      listener: 'http',
      scheme: 'http',
      sni: null,
      clientIp: '127.0.0.1',
      clientPort: 1,
      localIp: '127.0.0.1',
      localPort: 8000,
      hostPort: 8000,
      headerValues: () => [],
    }
  })
  const rounds = 300
  let found = 0
  for (let round = 0; round < 50; round++) for (const request of requests) if (matcher.match(request)) found++
  const start = process.hrtime.bigint()
  for (let round = 0; round < rounds; round++) for (const request of requests) if (matcher.match(request)) found++
  const each = Number(process.hrtime.bigint() - start) / (rounds * requests.length)
  const writeStart = process.hrtime.bigint()
  for (let n = 0; n < 1000; n++) matcher.put(`route-${n % count}`, [matchOf(n % count)], n)
  const write = Number(process.hrtime.bigint() - writeStart) / 1000
  if (found === 0) throw new Error('nothing was found')
  return `${each.toFixed(0)} ns per request, ${write.toFixed(0)} ns per replaced route`
}

for (const [name, shape] of Object.entries(shapes)) {
  for (const count of [10, 1000, 100_000]) console.log(`${count} routes with ${name}: ${measure(shape, count)}`)
}
