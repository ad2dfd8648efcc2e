import type { TextMatch } from '../../model/model.ts'
import type { Matchable, RouteMatcher } from '../route.ts'
import { accepts, type Candidate, compileMatch, outranks } from './candidate.ts'
import { comparableHost, type HostPattern, hostPattern, LONGEST_NAME } from './host-pattern.ts'
import { RadixTree } from './radix-tree.ts'

type PathTree<T> = RadixTree<Candidate<T>>

/** Where a candidate was put, so that it can be taken out again. */
interface Placement<T> {
  readonly pattern: HostPattern | null
  readonly pathText: string
  readonly candidate: Candidate<T>
}

/**
 * Finds the route of a request by text, as Kong's `traditional_compatible` router does: of all matches that hold, the
 * one of the highest order, then of the larger route id.
 *
 * Matches are indexed by host (exact, `*.suffix`, `prefix.*`, any), and under each host by the text their paths start
 * with. A request walks at most a few trees along its own path, so its cost does not grow with the number of routes,
 * and adding or removing a route touches its own places only.
 */
export class TextMatcher<T> implements RouteMatcher<TextMatch, T> {
  readonly #exactHosts: boolean
  readonly #exact = new Map<string, PathTree<T>>()
  readonly #suffixes = new Map<string, PathTree<T>>()
  readonly #prefixes = new Map<string, PathTree<T>>()
  readonly #anyHost: PathTree<T> = new RadixTree(outranks)
  readonly #placements = new Map<string, Placement<T>[]>()

  /** @param exactHosts compare hosts as written, as Kong does. */
  constructor(exactHosts = false) {
    this.#exactHosts = exactHosts
  }

  /**
   * Adds or replaces all matches of one route.
   *
   * @throws Error on an expression or address that can't be used; the route is then not in the matcher at all.
   */
  put(id: string, matches: readonly TextMatch[], target: T): void {
    this.delete(id)
    const placements = matches.flatMap((match) => this.#place(match, id, target))
    for (const { pattern, pathText, candidate } of placements) this.#tree(pattern).add(pathText, candidate)
    this.#placements.set(id, placements)
  }

  delete(id: string): void {
    for (const { pattern, pathText, candidate } of this.#placements.get(id) ?? []) {
      const tree = this.#tree(pattern)
      tree.remove(pathText, candidate)
      if (tree.isEmpty && pattern !== null) this.#trees(pattern).delete(pattern.text)
    }
    this.#placements.delete(id)
  }

  match(request: Matchable): Candidate<T> | null {
    const host = comparableHost(request.hostname, this.#exactHosts)
    const hasWildcards = this.#suffixes.size > 0 || this.#prefixes.size > 0
    // no name is as long: its labels need not be walked, and it must not fall past wildcards to routes of all hosts
    if (hasWildcards && host.length > LONGEST_NAME) return null
    let best = bestOf(this.#anyHost, request, null)
    const exact = this.#exact.get(host)
    if (exact !== undefined) best = bestOf(exact, request, best)
    if (hasWildcards) best = this.#bestOfWildcards(host, request, best)
    return best
  }

  #bestOfWildcards(host: string, request: Matchable, soFar: Candidate<T> | null): Candidate<T> | null {
    let best = soFar
    for (let dot = host.indexOf('.'); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      const suffix = this.#suffixes.get(host.slice(dot))
      if (suffix !== undefined) best = bestOf(suffix, request, best)
      const prefix = this.#prefixes.get(host.slice(0, dot + 1))
      if (prefix !== undefined) best = bestOf(prefix, request, best)
    }
    return best
  }

  #place(match: TextMatch, id: string, target: T): Placement<T>[] {
    const compiled = compileMatch(match, id, target)
    const patterns = match.hosts === null ? [null] : match.hosts.map((host) => hostPattern(host, this.#exactHosts))
    return patterns.map((pattern) => ({
      pattern,
      pathText: compiled.pathText,
      candidate: compiled.candidate(pattern?.port ?? null),
    }))
  }

  #trees(pattern: HostPattern): Map<string, PathTree<T>> {
    switch (pattern.kind) {
      case 'exact':
        return this.#exact
      case 'suffix':
        return this.#suffixes
      case 'prefix':
        return this.#prefixes
    }
  }

  #tree(pattern: HostPattern | null): PathTree<T> {
    if (pattern === null) return this.#anyHost
    const trees = this.#trees(pattern)
    let tree = trees.get(pattern.text)
    if (tree === undefined) trees.set(pattern.text, (tree = new RadixTree(outranks)))
    return tree
  }
}

/** Walks a tree along the request's path; at each key only what outranks the best so far is looked at. */
function bestOf<T>(tree: PathTree<T>, request: Matchable, soFar: Candidate<T> | null): Candidate<T> | null {
  const { path } = request
  let best = soFar
  let node = tree.root
  let at = 0
  for (;;) {
    if (node.items !== null) {
      for (const candidate of node.items) {
        if (best !== null && !outranks(candidate, best)) break
        if (accepts(candidate, request)) {
          best = candidate
          break
        }
      }
    }
    if (node.children === null || at >= path.length) return best
    const child = node.children.get(path.charCodeAt(at))
    if (child === undefined || !path.startsWith(child.label, at)) return best
    at += child.label.length
    node = child
  }
}
