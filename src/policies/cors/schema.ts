import type { z } from 'zod'
import { checkExpression } from '../../base/expression.ts'
import { flag, list, number, oneOf, optional, record, text } from '../../policy/fields.ts'
import { isExpression } from './origins.ts'

const METHODS = ['GET', 'HEAD', 'PUT', 'PATCH', 'POST', 'DELETE', 'OPTIONS', 'TRACE', 'CONNECT'] as const

export const config = record({
  origins: optional(list(text())).describe(
    'Origins whose pages may read answers: plain ones, expressions, or `*`. Null: all.',
  ),
  headers: optional(list(text())).describe('Request headers that pages may set. Null: whichever they ask for.'),
  exposed_headers: optional(list(text())).describe('Response headers that pages may read.'),
  methods: list(oneOf(...METHODS))
    .default([...METHODS])
    .describe('Methods that pages may use.'),
  max_age: optional(number()).describe('Seconds for which a browser may remember the answer to a preflight.'),
  credentials: flag().default(false).describe('Let pages send cookies and credentials along.'),
  private_network: flag().default(false).describe('Let public pages call this private network, when they ask to.'),
  preflight_continue: flag().default(false).describe('Leave preflights to the service.'),
  allow_origin_absent: flag()
    .default(true)
    .meta({ whenGiven: true })
    .describe('Tell the rules also to a caller that names no origin.'),
})
export type Config = z.infer<typeof config>

/** Expressions are those that run in linear time; what else PCRE knows is refused when it is written. */
export function check({ origins, headers, exposed_headers }: Config): Record<string, string | string[]> {
  for (const origin of origins ?? []) {
    const problem = origin !== '*' && isExpression(origin) ? checkExpression(origin) : null
    if (problem !== null) return { origins: `'${origin}' is not a usable expression: ${problem}` }
  }
  for (const [field, names] of Object.entries({ headers, exposed_headers })) {
    const bad = names?.find((name) => !HEADER_TEXT.test(name))
    if (bad !== undefined) return { [field]: `'${bad}' can't stand in a header` }
  }
  return {}
}

const HEADER_TEXT = /^[\x20-\x7e]+$/
