import type { Exchange } from '../../policy/exchange.ts'
import type { Reason } from '../../policy/reason.ts'
import type { KnownToken } from './known-token.ts'
import type { OriginalTokens } from './original-tokens.ts'
import type { Place } from './schema.ts'

/** A token, and where it was. */
export interface FoundToken {
  readonly place: CompiledPlace
  readonly text: string
  /** True for a query argument's second and further values, which matter only where they reach the service. */
  readonly isRepeated: boolean
  /** What came of reading it, once somebody has. */
  known: KnownToken | Reason | null
}

/** One of the places that a use looks for tokens in, however many of its providers do. */
export interface CompiledPlace {
  /** Its number, in the order that tokens are found in: headers by name and prefix, then arguments, then cookies. */
  readonly id: number
  readonly kind: 'header' | 'query' | 'cookie'
  /** Headers in lower case. */
  readonly name: string
  find(exchange: Exchange, original: OriginalTokens | null, found: FoundToken[]): void
}

export interface PlaceOptions {
  /** Takes the scheme `Bearer` in any case and with any blank behind it. */
  readonly anyCase: boolean
  /** Sees all values of a query argument, not only the first. */
  readonly allValues: boolean
}

/** A text of its own for each place that there can be; texts sort as Envoy looks. */
export function placeKey({ header, prefix, query, cookie }: Place): string {
  if (header !== null) return `1 ${header.toLowerCase()}${prefix ?? ''}`
  return query === null ? `3 ${cookie}` : `2 ${query}`
}

export function compilePlace(place: Place, id: number, options: PlaceOptions): CompiledPlace {
  if (place.header !== null) return headerPlace(place.header.toLowerCase(), place.prefix ?? '', id, options)
  return place.query !== null ? queryPlace(place.query, id, options) : cookiePlace(place.cookie ?? '', id)
}

/** Headers whose lines Envoy joins to one value, with a comma and no blank; of others each line is a value. */
const JOINED: ReadonlySet<string> = new Set([
  ...['authorization', 'accept', 'accept-encoding', 'cache-control', 'content-type', 'origin', 'referer', 'user-agent'],
  ...['via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-client-cert', 'x-request-id'],
])
const BEARER = 'Bearer '

function headerPlace(name: string, prefix: string, id: number, { anyCase }: PlaceOptions): CompiledPlace {
  const isJoined = JOINED.has(name)
  const tokenIn = prefix === '' ? (value: string) => value : prefixed(prefix, anyCase && prefix === BEARER)
  const place: CompiledPlace = {
    id,
    kind: 'header',
    name,
    find(exchange, original, found) {
      const lines = original?.lines(name) ?? exchange.headerValues(name)
      if (lines.length === 0) return
      for (const value of isJoined && lines.length > 1 ? [lines.join(',')] : lines) {
        const text = tokenIn(value)
        if (text !== null) found.push({ place, text, isRepeated: false, known: null })
      }
    },
  }
  return place
}

const TOKEN_CHARACTER = /[A-Za-z0-9_.-]/g

/**
 * What stands behind a prefix, wherever in the value that is: from the first character that a token can have to the end.
 * Behind the prefix of nothing such, the whole value. Null where there is no prefix.
 */
function prefixed(prefix: string, anyCase: boolean): (value: string) => string | null {
  return function tokenBehind(value) {
    let end = value.indexOf(prefix) + prefix.length
    if (end < prefix.length) {
      const other = anyCase ? /bearer[ \t]/i.exec(value) : null
      if (other === null) return null
      end = other.index + other[0].length
    }
    TOKEN_CHARACTER.lastIndex = end
    const start = TOKEN_CHARACTER.exec(value)?.index
    return start === undefined ? value : value.slice(start)
  }
}

function queryPlace(name: string, id: number, { allValues }: PlaceOptions): CompiledPlace {
  const place: CompiledPlace = {
    id,
    kind: 'query',
    name,
    find(exchange, original, found) {
      const query = original?.query ?? exchange.query
      if (query === '') return
      let isRepeated = false
      for (const argument of query.split('&')) {
        const equals = argument.indexOf('=')
        if (unescaped(equals < 0 ? argument : argument.slice(0, equals)) !== name) continue
        found.push({ place, text: equals < 0 ? '' : unescaped(argument.slice(equals + 1)), isRepeated, known: null })
        if (!allValues) return
        isRepeated = true
      }
    },
  }
  return place
}

/** The query without an argument of that name; everything else stays as it was written. */
export function withoutArgument(query: string, name: string): string {
  const kept = query.split('&').filter((argument) => {
    const equals = argument.indexOf('=')
    return unescaped(equals < 0 ? argument : argument.slice(0, equals)) !== name
  })
  return kept.join('&')
}

/** Escapes as bytes, one character a byte; `+` is a plus. */
function unescaped(text: string): string {
  if (!text.includes('%')) return text
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

function cookiePlace(name: string, id: number): CompiledPlace {
  const place: CompiledPlace = {
    id,
    kind: 'cookie',
    name,
    find(exchange, _original, found) {
      const value = exchange.cookie(name)
      if (value === undefined) return
      const text = value.length > 1 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
      found.push({ place, text, isRepeated: false, known: null })
    },
  }
  return place
}
