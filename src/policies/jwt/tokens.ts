import type { Exchange } from '../../policy/exchange.ts'
import type { Config } from './schema.ts'

export const none = Symbol('no token')
export const several = Symbol('several tokens')
export const notText = Symbol('an argument without a value')
/**
 * What the request's token places hold: nothing, the one token, or a complaint. The same token in several places
 * counts once; no place has precedence over another.
 */
export type Found = string | typeof none | typeof several | typeof notText

type Places = Pick<Config, 'uri_param_names' | 'cookie_names' | 'header_names'>

/** Makes the closure that looks into the places a config names. */
export function tokenFinder({ uri_param_names, cookie_names, header_names }: Places): (exchange: Exchange) => Found {
  const headers = [...new Set(header_names.map((name) => name.toLowerCase()))]
  const [onlyHeader] = headers

  function findEverywhere(exchange: Exchange): Found {
    // `true` stands for a bare `?jwt`: no token, but not nothing either.
    const found = new Set<string | true>()
    if (exchange.query !== '') {
      for (const name of uri_param_names) for (const value of exchange.queryValues(name)) found.add(value)
    }
    for (const name of cookie_names) found.add(exchange.cookie(name) ?? '')
    for (const name of headers) found.add(bearerToken(exchange.header(name)))
    found.delete('')
    if (found.size > 1) return several
    const [token] = found
    return token === undefined ? none : token === true ? notText : token
  }

  // Nearly every configuration and request: one header, no cookies, no query.
  if (headers.length !== 1 || cookie_names.length > 0 || onlyHeader === undefined) return findEverywhere
  return function findToken(exchange) {
    if (exchange.query !== '' && uri_param_names.length > 0) return findEverywhere(exchange)
    const token = bearerToken(exchange.header(onlyHeader))
    return token === '' ? none : token
  }
}

/** What stands behind `Bearer ` or `bearer `, wherever in the value that is (so in Kong); empty when it is nowhere. */
function bearerToken(value: string | undefined): string {
  if (value === undefined) return ''
  if (value.startsWith('Bearer ') && value.charCodeAt(7) > 0x20) return value.slice(7)
  return /[Bb]earer\s+(.+)/.exec(value)?.[1] ?? ''
}
