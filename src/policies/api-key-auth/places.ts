import type { Exchange } from '../../policy/exchange.ts'
import type { Source } from './schema.ts'

/** One place that a key may stand in. */
export interface Place {
  /** Undefined or empty where there is none. A byte string. */
  find(exchange: Exchange): string | undefined
  /** Takes the key out of what the service gets. */
  hide(exchange: Exchange): void
}

/** Of one source only the first of header, query and cookie counts, as in Envoy. */
export function placeOf({ header, query, cookie }: Source): Place {
  if (header !== null) return inHeader(header.toLowerCase())
  return query !== null ? inQuery(query) : inCookie(cookie!)
}

const BEARER = 'Bearer '

function inHeader(name: string): Place {
  return {
    find(exchange) {
      const value = exchange.header(name)
      return value?.startsWith(BEARER) ? value.slice(BEARER.length) : value
    },
    hide: (exchange) => exchange.dropHeader(name),
  }
}

function inQuery(name: string): Place {
  const isNamed = (argument: string) => percentDecoded(argument.split('=', 1)[0]!) === name
  return {
    find({ query }) {
      if (query === '') return undefined
      const argument = query.split('&').find(isNamed)
      if (argument === undefined) return undefined
      const equals = argument.indexOf('=')
      return equals < 0 ? '' : percentDecoded(argument.slice(equals + 1))
    },
    /** The other arguments stay as they were written: Envoy decodes them, and `%26` begins another argument. */
    hide(exchange) {
      const arguments_ = exchange.query.split('&')
      const kept = arguments_.filter((argument) => !isNamed(argument))
      if (kept.length < arguments_.length) exchange.setQuery(kept.join('&'))
    },
  }
}

/** `+` stays what it is: this is no form. */
function percentDecoded(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

function inCookie(name: string): Place {
  const isNamed = (pair: string) => pair.split('=', 1)[0]!.trim() === name
  return {
    find(exchange) {
      const value = exchange.cookie(name)
      return value !== undefined && /^".*"$/s.test(value) ? value.slice(1, -1) : value
    },
    hide(exchange) {
      const pairs = exchange
        .headerValues('cookie')
        .flatMap((value) => value.split(';'))
        .map((pair) => pair.trim())
      const kept = pairs.filter((pair) => !isNamed(pair))
      if (kept.length === pairs.length) return
      if (kept.length === 0) exchange.dropHeader('cookie')
      else exchange.setHeader('cookie', kept.join('; '))
    },
  }
}
