const UNITS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  μs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
}
const PART = /^(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/

/** A duration as Go reads one (`1h2m3.5s`, `-5m`, `0`), in nanoseconds; null if it is none. */
export function goDurationNs(written: string): number | null {
  const sign = written.startsWith('-') ? -1 : 1
  let rest = written.replace(/^[+-]/, '')
  if (rest === '0') return 0
  if (rest === '') return null
  let total = 0
  while (rest !== '') {
    const part = PART.exec(rest)
    if (part === null) return null
    total += Number(part[1]) * UNITS[part[2]!]!
    rest = rest.slice(part[0].length)
  }
  return sign * total
}

/** The milliseconds of a duration that a schema has let through. */
export const durationMs = (written: string): number => goDurationNs(written)! / 1e6
