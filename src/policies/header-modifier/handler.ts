import type { Exchange, ResponseView } from '../../policy/exchange.ts'
import { type CompiledHeader, compileHeaders, type HeaderChanges } from '../../policy/header-changes.ts'
import { definePolicy } from '../../policy/policy.ts'
import { next } from '../../policy/verdict.ts'
import { check, config } from './schema.ts'

/** Where lines are changed: towards the service, or towards the client. */
interface Lines {
  add(exchange: Exchange, name: string, value: string): void
  set(exchange: Exchange, name: string, value: string): void
  remove(exchange: Exchange, name: string): void
}

const requestLines: Lines = {
  add: (exchange, name, value) => exchange.appendHeader(name, value),
  set: (exchange, name, value) => exchange.setHeader(name, value),
  remove: (exchange, name) => exchange.dropHeader(name),
}
const responseLines: Lines = {
  add: (exchange, name, value) => exchange.addResponseHeader(name, value),
  set: (exchange, name, value) => exchange.setResponseHeader(name, value),
  remove: (exchange, name) => exchange.dropResponseHeader(name),
}

export const headerModifier = definePolicy({
  name: 'header-modifier',
  phase: 'shape',
  summary: 'Set, add and remove headers of requests and answers.',
  config,
  check,
  reasons: {},
  compile({ request, response, removeFirst }) {
    const changeRequest = request === null ? null : changes(request, requestLines, removeFirst)
    const changeResponse = response === null ? null : changes(response, responseLines, removeFirst)
    return {
      ...(changeRequest !== null && {
        request(exchange) {
          changeRequest(exchange, null)
          return next
        },
      }),
      ...(changeResponse !== null && { response: changeResponse }),
    }
  },
})

function changes(
  { add, set, remove }: HeaderChanges,
  lines: Lines,
  removeFirst: boolean,
): (exchange: Exchange, response: ResponseView | null) => void {
  const added = compileHeaders(add)
  const replaced = compileHeaders(set)
  const removed = remove.map((name) => name.toLowerCase())

  /** A value that comes to nothing is not written: an operator asked for what is not there. */
  function write(
    how: Lines['add'],
    headers: readonly CompiledHeader[],
    exchange: Exchange,
    response: ResponseView | null,
  ): void {
    for (const { name, value } of headers) {
      const text = value(exchange, response)
      if (text !== '') how(exchange, name, text)
    }
  }

  return (exchange, response) => {
    if (removeFirst) for (const name of removed) lines.remove(exchange, name)
    write(lines.add, added, exchange, response)
    write(lines.set, replaced, exchange, response)
    if (!removeFirst) for (const name of removed) lines.remove(exchange, name)
  }
}
