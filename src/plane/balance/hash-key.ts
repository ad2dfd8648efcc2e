import { randomUUID } from 'node:crypto'
import type { HashInput } from '../../model/model.ts'
import type { HttpExchange } from '../exchange.ts'
import { xxhash32 } from './xxhash32.ts'

/** Tells what a request is hashed on, made when the configuration changes; the second where it has not got the first. */
export function hashKey(first: HashInput, fallback: HashInput): (exchange: HttpExchange) => number | null {
  const read = reader(first)
  const readFallback = reader(fallback)
  return (exchange) => {
    const text = read(exchange) ?? readFallback(exchange)
    return text === null ? null : xxhash32(Buffer.from(text, 'latin1'))
  }
}

type Read = (exchange: HttpExchange) => string | null

function reader(input: HashInput): Read {
  switch (input.on) {
    case 'none':
      return () => null
    case 'consumer':
      return ({ principal: { current } }) => current?.consumer?.id ?? current?.credential?.id ?? null
    case 'ip':
      return (exchange) => exchange.clientIp
    case 'path':
      return (exchange) => exchange.path
    case 'header': {
      const name = input.name.toLowerCase()
      return (exchange) => joined(exchange.headerValues(name), ', ')
    }
    case 'query_arg':
      return (exchange) => joined(exchange.queryValues(input.name).map(String).sort(), ',')
    case 'uri_capture':
      return (exchange) => exchange.captures()?.[input.name] ?? null
    case 'cookie':
      return (exchange) => exchange.cookie(input.name) ?? giveCookie(exchange, input.name, input.path)
  }
}

function joined(values: readonly string[], by: string): string | null {
  return values.length === 0 ? null : values.join(by)
}

/** A client without the cookie gets one, and with it comes back to the target it is given now. */
function giveCookie(exchange: HttpExchange, name: string, path: string): string {
  const value = randomUUID()
  exchange.addResponseHeader('Set-Cookie', `${name}=${value}; Path=${path}; SameSite=Lax; HttpOnly`)
  return value
}
