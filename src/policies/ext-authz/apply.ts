import type { Exchange, ResponseView } from '../../policy/exchange.ts'
import { type Allowed, type HeaderChange, isFraming } from './decision.ts'
import { changedQuery } from './query.ts'

/** What is left to do when the answer is there: lines that depend on it. */
export type PendingResponse = readonly HeaderChange[]

/** Does to a request what the service wants done. @returns what must wait for the answer. */
export function applyAllowed(exchange: Exchange, { request, removed, response, query }: Allowed): PendingResponse {
  // as Envoy: first what replaces, then what extends
  for (const change of request) if (change.op !== 'extend') changeRequest(exchange, change)
  for (const change of request) if (change.op === 'extend') changeRequest(exchange, change)
  for (const name of removed) exchange.dropHeader(name)
  if (query.set.length > 0 || query.removed.length > 0) exchange.setQuery(changedQuery(exchange.query, query))
  const pending: HeaderChange[] = []
  for (const change of response) {
    if (change.op === 'set') exchange.setResponseHeader(change.name, change.value)
    else if (change.op === 'add') exchange.addResponseHeader(change.name, change.value)
    else pending.push(change)
  }
  return pending
}

/** @throws TypeError on a host or path that is none: the request is then refused. */
function changeRequest(exchange: Exchange, { op, name, value }: HeaderChange): void {
  switch (name) {
    case 'host':
    case ':authority':
      exchange.setHost(value)
      return
    case ':path': {
      const mark = value.indexOf('?')
      exchange.setPath(mark < 0 ? value : value.slice(0, mark))
      exchange.setQuery(mark < 0 ? '' : value.slice(mark + 1))
      return
    }
    case ':method':
      exchange.setMethod(value)
      return
  }
  // another length would make two requests of one
  if (isFraming(name) || name.startsWith(':')) return
  if (op !== 'extend') {
    exchange.setHeader(name, value)
    return
  }
  const before = exchange.headerValues(name)
  if (before.length > 0) exchange.setHeader(name, [...before, value].join(','))
}

/** Lines that depend on what the answer has. */
export function applyPending(exchange: Exchange, response: ResponseView, pending: PendingResponse): void {
  for (const { op, name, value } of pending) {
    const isThere = response.header(name) !== undefined
    if (op === 'if-absent' ? !isThere : isThere) exchange.setResponseHeader(name, value)
  }
}
