import type { Histogram } from './histogram.ts'

/** A label value: backslash, quote and line feed are escaped. */
function quoted(value: string): string {
  return `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

/** Labels as they stand between braces, in the order given. */
export function labels(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoted(value)}`)
    .join(',')
}

export function sample(name: string, labelled: string, value: number): string {
  return labelled === '' ? `${name} ${value}` : `${name}{${labelled}} ${value}`
}

/** @returns no lines for what was never observed. */
export function histogramSamples(name: string, labelled: string, { bounds, counts, sum }: Histogram): string[] {
  let below = 0
  const buckets = bounds.map((bound, index) => {
    below += counts[index]!
    return sample(`${name}_bucket`, `${labelled},le="${bound}"`, below)
  })
  const count = below + counts[bounds.length]!
  if (count === 0) return []
  return [
    ...buckets,
    sample(`${name}_bucket`, `${labelled},le="+Inf"`, count),
    sample(`${name}_count`, labelled, count),
    sample(`${name}_sum`, labelled, sum),
  ]
}

/** A family with its heading, each line ended; nothing at all without samples, as Kong has it. */
export function family(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly string[],
): string {
  if (samples.length === 0) return ''
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${samples.join('\n')}\n`
}
