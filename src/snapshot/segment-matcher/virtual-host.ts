import type { SegmentMatch } from '../../model/model.ts'
import type { Matchable } from '../route.ts'
import { accepts, type Candidate, outranks } from './candidate.ts'

/**
 * The routes of one host, by path. A request looks its own path up, then its path's beginnings at each `/`, and tries
 * the expressions: its cost grows with its own segments and with the number of expressions, not with that of routes.
 */
export class VirtualHost<T> {
  readonly #exact = new Map<string, Candidate<T>[]>()
  /** By the prefix without a `/` at its end; the empty one matches all paths. */
  readonly #prefixes = new Map<string, Candidate<T>[]>()
  readonly #expressions: Candidate<T>[] = []
  /** No prefix was ever longer: what lies beyond is not looked up. */
  #longest = 0

  add(path: SegmentMatch['path'], candidate: Candidate<T>): void {
    const list = this.#list(path)
    const at = list.findIndex((other) => outranks(candidate, other))
    list.splice(at < 0 ? list.length : at, 0, candidate)
    if (path.kind === 'prefix') this.#longest = Math.max(this.#longest, path.value.length)
  }

  remove(path: SegmentMatch['path'], candidate: Candidate<T>): void {
    const list = this.#list(path)
    const at = list.indexOf(candidate)
    if (at >= 0) list.splice(at, 1)
    if (list.length > 0 || path.kind === 'regex') return
    if (path.kind === 'exact') this.#exact.delete(path.value)
    else this.#prefixes.delete(path.value)
  }

  get isEmpty(): boolean {
    return this.#exact.size === 0 && this.#prefixes.size === 0 && this.#expressions.length === 0
  }

  match(request: Matchable): Candidate<T> | null {
    const { path } = request
    let best = this.#exact.size === 0 ? null : bestOf(this.#exact.get(path), request, null)
    best = bestOf(this.#expressions, request, best)
    if (this.#prefixes.size === 0) return best
    if (path.length <= this.#longest) best = bestOf(this.#prefixes.get(path), request, best)
    for (
      let end = path.lastIndexOf('/', this.#longest);
      end >= 0;
      end = end === 0 ? -1 : path.lastIndexOf('/', end - 1)
    ) {
      best = bestOf(this.#prefixes.get(path.slice(0, end)), request, best)
    }
    return best
  }

  #list({ kind, value }: SegmentMatch['path']): Candidate<T>[] {
    if (kind === 'regex') return this.#expressions
    const lists = kind === 'exact' ? this.#exact : this.#prefixes
    let list = lists.get(value)
    if (list === undefined) lists.set(value, (list = []))
    return list
  }
}

/** The first of a list (in order) that accepts the request, when it comes before what was found so far. */
function bestOf<T>(
  list: readonly Candidate<T>[] | undefined,
  request: Matchable,
  soFar: Candidate<T> | null,
): Candidate<T> | null {
  if (list === undefined) return soFar
  for (const candidate of list) {
    if (soFar !== null && !outranks(candidate, soFar)) return soFar
    if (accepts(candidate, request)) return candidate
  }
  return soFar
}
