import type { UpstreamHealth } from '../../model/upstream-health.ts'
import { quoted } from './quoted.ts'

/** Which addresses of upstreams requests may go to; Prometheus text. */
export function targetFigures(upstreams: Iterable<UpstreamHealth>): string {
  let lines = ''
  for (const { name, targets } of upstreams) {
    for (const { host, port, addresses } of targets) {
      for (const address of addresses) {
        const labels = `upstream=${quoted(name)},target=${quoted(`${host}:${port}`)},address=${quoted(`${address.ip}:${address.port}`)}`
        lines += `sallyport_target_available{${labels}} ${address.healthy ? 1 : 0}\n`
      }
    }
  }
  if (lines === '') return ''
  return `# HELP sallyport_target_available Whether requests may go to the address of an upstream.\n# TYPE sallyport_target_available gauge\n${lines}`
}
