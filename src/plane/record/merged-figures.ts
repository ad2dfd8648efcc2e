/** Families that count what the workers did: their sum is the gateway's. */
const SUMMED = /^(?:sallyport|kong)_/
/** Families that say how something is: every worker says the same of it, or the worst that it knows. */
const STATES: ReadonlySet<string> = new Set(['kong_upstream_target_health', 'sallyport_target_available'])

/**
 * One Prometheus text out of those of several workers. What is about a process (its memory, its event loop) stays
 * apart, told by a label `worker`.
 */
export function mergedFigures(texts: readonly string[]): string {
  const families = new Map<string, { readonly heading: string[]; readonly values: Map<string, number> }>()
  texts.forEach((text, worker) => {
    let family = ''
    for (const line of text.split('\n')) {
      if (line === '') continue
      if (line.startsWith('# ')) {
        family = line.split(' ')[2]!
        const known = families.get(family)
        if (known === undefined) families.set(family, { heading: [line], values: new Map() })
        else if (!known.heading.includes(line)) known.heading.push(line)
        continue
      }
      const space = line.lastIndexOf(' ')
      const series = line.slice(0, space)
      const values = families.get(family)!.values
      const key = SUMMED.test(family) ? series : labelled(series, worker)
      const value = Number(line.slice(space + 1))
      const known = values.get(key) ?? 0
      values.set(key, STATES.has(family) ? Math.max(known, value) : known + value)
    }
  })
  let merged = ''
  for (const { heading, values } of families.values()) {
    merged += `${heading.join('\n')}\n`
    for (const [series, value] of values) merged += `${series} ${value}\n`
  }
  return merged
}

function labelled(series: string, worker: number): string {
  const label = `worker="${worker}"`
  return series.endsWith('}') ? `${series.slice(0, -1)},${label}}` : `${series}{${label}}`
}
