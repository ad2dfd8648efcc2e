import type { SegmentMatch } from '../../model/model.ts'
import type { Matchable, RouteMatcher } from '../route.ts'
import { type Candidate, compileMatch } from './candidate.ts'
import { VirtualHost } from './virtual-host.ts'

interface Placement<T> {
  readonly match: SegmentMatch
  readonly candidate: Candidate<T>
}

/** The virtual hosts of one listener. */
class HostTable<T> {
  /** By name; `*.example.com` by `.example.com`; the one for all others by the empty name. */
  readonly hosts = new Map<string, VirtualHost<T>>()

  hostOf(name: string): VirtualHost<T> | undefined {
    if (name.length > LONGEST_NAME) return undefined
    if (name !== '' && !name.startsWith('.')) {
      const exact = this.hosts.get(name)
      if (exact !== undefined) return exact
    }
    for (let dot = name.indexOf('.', 1); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const wildcard = this.hosts.get(name.slice(dot))
      if (wildcard !== undefined) return wildcard
    }
    return this.hosts.get('')
  }
}

/**
 * Longer than any DNS name (RFC 1035 §2.3.4). Such a host is nobody's: its labels need not be walked, and it must not fall
 * past the wildcards that it lies within to what serves all hosts.
 */
const LONGEST_NAME = 255

/**
 * Finds the route of a request as Envoy does for the Gateway API: one virtual host is chosen by listener and Host
 * header (exact before the longest wildcard before all others), and only its routes are asked, in their order.
 */
export class SegmentMatcher<T> implements RouteMatcher<SegmentMatch, T> {
  readonly #tables = new Map<string, HostTable<T>>()
  readonly #placements = new Map<string, Placement<T>[]>()
  readonly #exactHosts: boolean

  /** @param exactHosts take a host with a dot at its end for another one, as Envoy does. */
  constructor(exactHosts = false) {
    this.#exactHosts = exactHosts
  }

  put(id: string, matches: readonly SegmentMatch[], target: T): void {
    this.delete(id)
    const placements = matches.map((match) => ({ match, candidate: compileMatch(match, target) }))
    for (const { match, candidate } of placements) this.#virtualHost(match).add(match.path, candidate)
    this.#placements.set(id, placements)
  }

  delete(id: string): void {
    for (const { match, candidate } of this.#placements.get(id) ?? []) {
      const host = this.#virtualHost(match)
      host.remove(match.path, candidate)
      if (!host.isEmpty) continue
      const table = this.#tables.get(match.listener)!
      table.hosts.delete(hostKey(match))
      if (table.hosts.size === 0) this.#tables.delete(match.listener)
    }
    this.#placements.delete(id)
  }

  match(request: Matchable): Candidate<T> | null {
    const host = this.#tables.get(request.listener)?.hostOf(this.#comparable(request.hostname))
    return host === undefined ? null : host.match(request)
  }

  /** A final dot makes no other name (RFC 1034 §3.1), and must be no way around the routes of a host. */
  #comparable(hostname: string): string {
    const lower = hostname.toLowerCase()
    return !this.#exactHosts && lower.endsWith('.') ? lower.slice(0, -1) : lower
  }

  #virtualHost(match: SegmentMatch): VirtualHost<T> {
    let table = this.#tables.get(match.listener)
    if (table === undefined) this.#tables.set(match.listener, (table = new HostTable()))
    const key = hostKey(match)
    let host = table.hosts.get(key)
    if (host === undefined) table.hosts.set(key, (host = new VirtualHost()))
    return host
  }
}

function hostKey({ host }: SegmentMatch): string {
  if (host === null) return ''
  return host.startsWith('*.') ? host.slice(1) : host
}
