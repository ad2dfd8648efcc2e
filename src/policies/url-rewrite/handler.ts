import { replacer } from '../../base/replacement.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { prefixRest } from '../../policy/path-prefix.ts'
import { definePolicy } from '../../policy/policy.ts'
import { requestPath, requestTarget } from '../../policy/request-path.ts'
import { denied, next } from '../../policy/verdict.ts'
import { type Config, check, config } from './schema.ts'

/** What the service is told of the address that was asked for. */
const ORIGINAL_PATH = 'x-envoy-original-path'
const ORIGINAL_HOST = 'x-envoy-original-host'

/** What `setPath` and `setQuery` take. */
const PATH = /^\/[\x21\x22\x24-\x3e\x40-\x7e]*$/
const QUERY = /^[\x21\x22\x24-\x7e]*$/

const reasons = {
  notAPath: { code: 'rewritten-to-no-path', status: 400, message: 'Bad Request' },
} as const
const notAPath = denied(reasons.notAPath)

export const urlRewrite = definePolicy({
  name: 'url-rewrite',
  phase: 'shape',
  summary: 'Ask the service for another host or path than the caller asked for.',
  config,
  check,
  reasons,
  identityHeaders: () => [ORIGINAL_PATH, ORIGINAL_HOST],
  compile({ hostname, path }) {
    const change = path === null ? null : pathChange(path)

    /** @returns false when what came out is no path. */
    function rewritePath(exchange: Exchange, written: string): boolean {
      const mark = written.indexOf('?')
      const rewritten = mark < 0 ? written : written.slice(0, mark)
      if (!PATH.test(rewritten)) return false
      if (mark >= 0) {
        const query = written.slice(mark + 1) + (exchange.query === '' ? '' : `?${exchange.query}`)
        if (!QUERY.test(query)) return false
        exchange.setHeader(ORIGINAL_PATH, requestTarget(exchange))
        exchange.setQuery(query)
      } else exchange.setHeader(ORIGINAL_PATH, requestTarget(exchange))
      exchange.setPath(rewritten)
      return true
    }

    return {
      request: function rewrite(exchange) {
        if (change !== null) {
          const written = change(exchange)
          if (written !== null && !rewritePath(exchange, written)) return notAPath
        }
        if (hostname !== null) {
          exchange.setHeader(ORIGINAL_HOST, exchange.host)
          exchange.setHost(hostname)
        }
        return next
      },
    }
  },
})

/** @returns a function that makes the new path; null where it stays as it is. */
function pathChange(path: NonNullable<Config['path']>): (exchange: Exchange) => string | null {
  const { kind, value } = path
  switch (kind) {
    case 'full':
      return () => value
    case 'regex': {
      const replace = replacer(path.pattern!, value)
      return (exchange) => replace(requestPath(exchange))
    }
    case 'prefix': {
      const rest = prefixRest(path.prefix)
      return (exchange) => {
        const left = rest(exchange)
        if (left === null) return null
        // `/` in place of a prefix takes the slashes behind it along, so that `/foo/bar` becomes `/bar`
        return value === '/' ? `/${left.replace(/^\/+/, '')}` : value + left
      }
    }
  }
}
