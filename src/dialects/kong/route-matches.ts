import { normalPath } from '../../base/normal-path.ts'
import type { AddressMatch, TextMatch } from '../../model/model.ts'

/** The fields of a stored route that say which requests it takes. */
export interface RouteCriteria {
  readonly methods?: readonly string[] | null
  readonly hosts?: readonly string[] | null
  readonly paths?: readonly string[] | null
  readonly headers?: Readonly<Record<string, readonly string[]>> | null
  readonly snis?: readonly string[] | null
  readonly sources?: readonly Partial<AddressMatch>[] | null
  readonly destinations?: readonly Partial<AddressMatch>[] | null
  readonly regex_priority?: number | null
}

const EXPRESSION = '~'
const LARGEST_LENGTH = 0x7ffff
const LARGEST_PRIORITY = 0xffffffff

/**
 * The conditions under which a route matches, one for each path, each with its place among all others: Kong too splits
 * a route whose paths differ in kind or length.
 */
export function routeMatches(route: RouteCriteria): TextMatch[] {
  const paths = filled(route.paths)?.map(pathOf) ?? [null]
  return paths.map((path) => ({
    methods: filled(route.methods),
    hosts: filled(route.hosts),
    path,
    headers: Object.entries(route.headers ?? {}).map(([name, values]) => ({ name: name.toLowerCase(), values })),
    snis: filled(route.snis),
    sources: addresses(route.sources),
    destinations: addresses(route.destinations),
    order: orderOf(route, path),
  }))
}

/** A plain path is compared in its normal form, byte by byte; an expression stays as written, without its `~`. */
function pathOf(path: string): NonNullable<TextMatch['path']> {
  if (path.startsWith(EXPRESSION)) return { kind: 'regex', value: path.slice(EXPRESSION.length) }
  const bytes = Buffer.from(path, 'utf8').toString('latin1')
  return { kind: 'prefix', value: normalPath(bytes) ?? bytes }
}

/**
 * Kong's 64 bits of priority, as two numbers of 32. From the top: 3 bits for how many kinds of criteria are set, 1 for
 * hosts without wildcards, 8 for the number of headers, 1 for an expression, 32 for its priority, 19 for the length of a
 * plain path.
 *
 * A negative `regex_priority` counts as 0: where Kong casts it to an unsigned number, it would overrule everything.
 */
function orderOf(route: RouteCriteria, path: TextMatch['path']): TextMatch['order'] {
  const { methods, hosts, paths, headers, snis, sources, destinations } = route
  const headerCount = Math.min(Object.keys(headers ?? {}).length, 255)
  const lists = [methods, hosts, paths, snis, sources, destinations]
  const kinds = lists.filter((list) => (list?.length ?? 0) > 0).length + (headerCount > 0 ? 1 : 0)
  const plainHosts = (hosts?.length ?? 0) > 0 && hosts!.every((host) => !host.includes('*'))
  const isExpression = path?.kind === 'regex'
  const priority = isExpression ? Math.min(Math.max(route.regex_priority ?? 0, 0), LARGEST_PRIORITY) : 0
  const length = isExpression || path === null ? 0 : Math.min(path.value.length, LARGEST_LENGTH)
  return {
    high:
      ((kinds << 29) |
        (Number(plainHosts) << 28) |
        (headerCount << 20) |
        (Number(isExpression) << 19) |
        (priority >>> 13)) >>>
      0,
    low: (((priority & 0x1fff) << 19) | length) >>> 0,
  }
}

function filled<T>(list: readonly T[] | null | undefined): readonly T[] | null {
  return list === null || list === undefined || list.length === 0 ? null : list
}

function addresses(list: RouteCriteria['sources']): readonly AddressMatch[] | null {
  return filled(list)?.map(({ ip, port }) => ({ ip: ip ?? null, port: port ?? null })) ?? null
}
