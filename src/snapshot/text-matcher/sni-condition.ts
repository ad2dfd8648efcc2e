import type { Condition } from './candidate.ts'
import { comparableHost, hostPattern } from './host-pattern.ts'

/** The server name of the TLS handshake is one of these; without TLS there is nothing to compare, so it holds. */
export function sniCondition(snis: readonly string[]): Condition {
  const patterns = snis.map((sni) => hostPattern(sni, false))
  return function namesServer({ scheme, sni }) {
    if (scheme === 'http') return true
    if (sni === null) return false
    const name = comparableHost(sni, false)
    return patterns.some(({ kind, text }) => {
      if (kind === 'exact') return name === text
      return kind === 'suffix' ? name.endsWith(text) : name.startsWith(text)
    })
  }
}
