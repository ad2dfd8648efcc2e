import type { NodeFigures } from '../dialects/kong/admin/node-info.ts'

/** What `/status` tells, read from the figures of everybody who carries requests. */
export function nodeFigures(text: string): NodeFigures {
  const sum = (series: RegExp) => {
    let total = 0
    for (const line of text.split('\n')) if (series.test(line)) total += Number(line.slice(line.lastIndexOf(' ') + 1))
    return total
  }
  const connections = (state: string) => sum(new RegExp(`^kong_nginx_connections_total\\{.*state="${state}"`))
  return {
    accepted: connections('accepted'),
    open: connections('active'),
    busy: connections('writing'),
    requests: sum(/^kong_nginx_requests_total\{/),
  }
}
