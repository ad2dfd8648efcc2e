/**
 * Sallyport beside its peers, on this machine, in one run: `npm run bench`.
 *
 * One gateway runs on processor 0; load and service share processor 1. All contenders of a scenario take turns, round
 * after round, so that a slow minute of the machine hits them all. What counts is the ratio of CPU time per request,
 * read from the kernel; requests a second and latencies are printed beside it.
 */

import { type Contender, startHaproxy, startNginx, startSallyport, startService } from './contenders.ts'
import { cpuSeconds, residentBytes } from './cpu.ts'
import { startEnvoy, startKgateway } from './envoy.ts'
import { type LoadResult, runLoad } from './load.ts'
import { installPeers, peerVersions } from './peers.ts'
import { keySetOf, makeIssuer, makeToken } from './tokens.ts'

const GATEWAY_CPU = '0'
const LOAD_CPU = '1'
const CONNECTIONS = 64
const rounds = numberFlag('rounds', 3)
const seconds = numberFlag('seconds', 3)
const newTokens = numberFlag('new-tokens', 60_000)
const only = textFlag('only')

interface Row {
  readonly scenario: string
  readonly contender: Contender
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly tokens: readonly string[] | null
  readonly refused: boolean
  /** Name of the row that this one is measured against. */
  readonly cpu: number[]
  readonly results: LoadResult[]
}

installPeers()
const running: Contender[] = []
const start = async (contender: Promise<Contender>) => {
  const up = await contender
  running.push(up)
  return up
}

try {
  const issuers = { rs: makeIssuer('RS256'), es: makeIssuer('ES256'), hs: makeIssuer('HS256') }
  const service = await start(startService(LOAD_CPU))
  const nginx = await start(startNginx(GATEWAY_CPU, service.port))
  const haproxy = await start(startHaproxy(GATEWAY_CPU, service.port, null))
  const haproxyRs = await start(startHaproxy(GATEWAY_CPU, service.port, issuers.rs))
  const haproxyEs = await start(startHaproxy(GATEWAY_CPU, service.port, issuers.es))
  const haproxyHs = await start(startHaproxy(GATEWAY_CPU, service.port, issuers.hs))
  const own = await start(startSallyport(GATEWAY_CPU, service.port, Object.values(issuers)))

  const keys = keySetOf(issuers.rs)
  const envoy = await start(startEnvoy(GATEWAY_CPU, service.port, issuers.rs.name, keys))
  const kgateway = await start(startKgateway(GATEWAY_CPU, service.port, issuers.rs.name, keys))

  const bearer = (token: string) => ({ Authorization: `Bearer ${token}` })
  const row = (scenario: string, contender: Contender, path: string, more: Partial<Row> = {}): Row => ({
    scenario,
    contender,
    path,
    headers: {},
    tokens: null,
    refused: false,
    cpu: [],
    results: [],
    ...more,
  })
  const rs = bearer(makeToken(issuers.rs, 1))
  const es = bearer(makeToken(issuers.es, 1))
  const hs = bearer(makeToken(issuers.hs, 1))
  const bad = bearer(`${makeToken(issuers.rs, 1).slice(0, -10)}AAAAAAAAAA`)
  const wants = (scenario: string) => only === null || scenario.includes(only)
  const wantsFresh = wants('new RS256') || wants('gateway new RS256')
  const fresh = wantsFresh ? Array.from({ length: newTokens }, (_, i) => makeToken(issuers.rs, i + 2)) : []

  const rows = [
    row('plain', nginx, '/plain'),
    row('plain', haproxy, '/plain'),
    row('plain', own, '/plain'),
    row('warm RS256 + 3 claims', haproxyRs, '/protected', { headers: rs }),
    row('warm RS256 + 3 claims', own, '/protected', { headers: rs }),
    row('warm ES256 + 3 claims', haproxyEs, '/protected', { headers: es }),
    row('warm ES256 + 3 claims', own, '/protected', { headers: es }),
    row('warm HS256 + 3 claims', haproxyHs, '/protected', { headers: hs }),
    row('warm HS256 + 3 claims', own, '/protected', { headers: hs }),
    row('new RS256', haproxyRs, '/protected', { tokens: fresh }),
    row('new RS256', own, '/protected', { tokens: fresh }),
    row('gateway plain', envoy, '/plain'),
    row('gateway plain', kgateway, '/plain'),
    row('gateway RS256 + 3 claims', envoy, '/protected', { headers: rs }),
    row('gateway RS256 + 3 claims', kgateway, '/protected', { headers: rs }),
    row('gateway new RS256', envoy, '/protected', { tokens: fresh }),
    row('gateway new RS256', kgateway, '/protected', { tokens: fresh }),
    row('refused: no token', own, '/protected', { refused: true }),
    row('refused: bad token', own, '/protected', { headers: bad, refused: true }),
  ].filter(({ scenario }) => wants(scenario))

  for (let round = -1; round < rounds; round++) {
    for (const each of rows) measure(each, round < 0)
  }
  report(rows)
  console.log(`\nsallyport resident after all that: ${(residentBytes(own.pid) / 1048576).toFixed(0)} MiB`)
} finally {
  for (const contender of running.reverse()) contender.stop()
}

/** @param warmUp the result is thrown away. */
function measure(each: Row, warmUp: boolean): void {
  const before = cpuSeconds(each.contender.pid)
  const result = runLoad({
    url: `http://127.0.0.1:${each.contender.port}${each.path}`,
    headers: each.headers,
    tokens: each.tokens,
    seconds: warmUp ? Math.min(2, seconds) : seconds,
    connections: CONNECTIONS,
    cpu: LOAD_CPU,
  })
  const spent = cpuSeconds(each.contender.pid) - before
  const wrong = each.refused ? result.requests - result.notGood : result.notGood
  if (wrong > result.requests / 1000) {
    throw new Error(
      `${each.contender.name}, ${each.scenario}: ${wrong} of ${result.requests} answers were not as expected`,
    )
  }
  if (warmUp) return
  each.cpu.push((spent * 1e6) / result.requests)
  each.results.push(result)
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}

function report(rows: readonly Row[]): void {
  console.log(`${peerVersions().join(' · ')} · ${CONNECTIONS} connections, ${rounds} rounds of ${seconds} s, medians\n`)
  console.log(
    `${'scenario'.padEnd(26)}${'gateway'.padEnd(20)}${'CPU µs/req'.padStart(11)}${'min–max'.padStart(14)}${'req/s'.padStart(9)}${'p50 ms'.padStart(8)}${'p99 ms'.padStart(8)}`,
  )
  for (const { scenario, contender, cpu, results } of rows) {
    const range = `${Math.min(...cpu).toFixed(1)}–${Math.max(...cpu).toFixed(1)}`
    console.log(
      `${scenario.padEnd(26)}${contender.name.padEnd(20)}${median(cpu).toFixed(1).padStart(11)}${range.padStart(14)}` +
        `${median(results.map((r) => r.perSecond))
          .toFixed(0)
          .padStart(9)}` +
        `${median(results.map((r) => r.p50))
          .toFixed(2)
          .padStart(8)}${median(results.map((r) => r.p99))
          .toFixed(2)
          .padStart(8)}`,
    )
  }
  const cost = (scenario: string, name: string) => {
    const found = rows.find((each) => each.scenario === scenario && each.contender.name === name)
    return found === undefined ? Number.NaN : median(found.cpu)
  }
  const ratios: [string, number, number][] = [
    ['warm RS256 / haproxy plain', cost('warm RS256 + 3 claims', 'sallyport') / cost('plain', 'haproxy'), 1],
    ['warm ES256 / haproxy plain', cost('warm ES256 + 3 claims', 'sallyport') / cost('plain', 'haproxy'), 1],
    ['warm HS256 / haproxy plain', cost('warm HS256 + 3 claims', 'sallyport') / cost('plain', 'haproxy'), 1],
    [
      'warm RS256 / haproxy jwt_verify',
      cost('warm RS256 + 3 claims', 'sallyport') / cost('warm RS256 + 3 claims', 'haproxy RS256'),
      0.35,
    ],
    ['new RS256 / haproxy jwt_verify', cost('new RS256', 'sallyport') / cost('new RS256', 'haproxy RS256'), 1],
    ['plain / nginx plain', cost('plain', 'sallyport') / cost('plain', 'nginx'), 1.2],
    ['warm RS256 / own plain', cost('warm RS256 + 3 claims', 'sallyport') / cost('plain', 'sallyport'), 1.1],
    ['gateway plain / envoy', cost('gateway plain', 'sallyport kgateway') / cost('gateway plain', 'envoy'), 1],
    [
      'gateway RS256 / envoy jwt_authn',
      cost('gateway RS256 + 3 claims', 'sallyport kgateway') / cost('gateway RS256 + 3 claims', 'envoy'),
      0.5,
    ],
    [
      'gateway new RS256 / envoy jwt_authn',
      cost('gateway new RS256', 'sallyport kgateway') / cost('gateway new RS256', 'envoy'),
      1,
    ],
    ['refused (none) / own plain', cost('refused: no token', 'sallyport') / cost('plain', 'sallyport'), 0.5],
    ['refused (bad) / own plain', cost('refused: bad token', 'sallyport') / cost('plain', 'sallyport'), 0.5],
  ]
  console.log(`\n${'ratio of CPU per request'.padEnd(36)}${'measured'.padStart(10)}${'goal'.padStart(8)}`)
  for (const [what, ratio, goal] of ratios) {
    if (Number.isNaN(ratio)) continue
    console.log(
      `${what.padEnd(36)}${ratio.toFixed(2).padStart(10)}${`≤ ${goal}`.padStart(8)}${ratio <= goal ? '' : '   missed'}`,
    )
  }
}

function textFlag(name: string): string | null {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? null : (process.argv[at + 1] ?? null)
}

function numberFlag(name: string, fallback: number): number {
  const text = textFlag(name)
  return text === null ? fallback : Number(text)
}
