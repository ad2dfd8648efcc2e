import { execFileSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export interface LoadResult {
  readonly requests: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  /** Answers with another status than 2xx or 3xx. */
  readonly notGood: number
}

export interface Load {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** One Authorization value per request, in turn, in place of one for all. */
  readonly tokens: readonly string[] | null
  readonly seconds: number
  readonly connections: number
  readonly cpu: string
}

let serial = 0
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))

/** Drives wrk, pinned to its own processor, and reads its report. */
export function runLoad(load: Load): LoadResult {
  const args = ['-c', load.cpu, 'wrk', '-t1', `-c${load.connections}`, `-d${load.seconds}s`, '--latency']
  for (const [name, value] of Object.entries(load.headers)) args.push('-H', `${name}: ${value}`)
  const script = load.tokens === null ? REPORT : `${tokensScript(load.tokens)}${REPORT}`
  const file = join(folder, `load-${serial++}.lua`)
  writeFileSync(file, script)
  args.push('-s', file, load.url)
  const output = execFileSync('taskset', args, { maxBuffer: 1 << 26 }).toString()
  const line = output.split('\n').find((each) => each.startsWith('RESULT '))
  if (line === undefined) throw new Error(`wrk said nothing of use:\n${output}`)
  const [requests, microseconds, p50, p99, status] = line.slice(7).split(' ').map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  return { requests, perSecond: requests / (microseconds / 1e6), p50: p50 / 1000, p99: p99 / 1000, notGood: status }
}

const REPORT = `
done = function(summary, latency)
  print(string.format("RESULT %d %d %d %d %d", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), summary.errors.status))
end
`

function tokensScript(tokens: readonly string[]): string {
  const file = join(folder, `tokens-${serial}.txt`)
  writeFileSync(file, tokens.join('\n'))
  return `
local requests = {}
for line in io.lines(${JSON.stringify(file)}) do
  requests[#requests + 1] = wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. line })
end
local at = 0
request = function()
  at = at % #requests + 1
  return requests[at]
end
init = function(args)
  requests = {}
  for line in io.lines(${JSON.stringify(file)}) do
    requests[#requests + 1] = wrk.format("GET", nil, { ["Authorization"] = "Bearer " .. line })
  end
end
`
}
