import { connectionsTo } from '../../policy/backend-connections.ts'
import type { Exchange } from '../../policy/exchange.ts'
import { addMetadata } from '../../policy/metadata.ts'
import { definePolicy, type Tools } from '../../policy/policy.ts'
import { denied, next, type Verdict } from '../../policy/verdict.ts'
import { applyAllowed, applyPending, type PendingResponse } from './apply.ts'
import type { Authorizer } from './authorizer.ts'
import type { Allowed, Decision } from './decision.ts'
import { GrpcService } from './grpc/grpc-service.ts'
import { UnaryClient } from './grpc/unary-client.ts'
import { HttpService } from './http/http-service.ts'
import { question } from './question.ts'
import { askWithRetries } from './retry.ts'
import { type Config, check, config, timeoutOf } from './schema.ts'
import { unvouchedRemover } from './unvouched.ts'

const METADATA = 'envoy.filters.http.ext_authz'

const reasons = {
  denied: { code: 'authorization-denied', status: 403, message: '' },
  undecided: { code: 'authorization-undecided', status: 403, message: '' },
  tooLarge: { code: 'body-too-large', status: 413, message: 'Payload Too Large' },
} as const
const tooLarge = denied(reasons.tooLarge, { headers: [['connection', 'close']] })

export const extAuthz = definePolicy({
  name: 'ext-authz',
  phase: 'authorize',
  summary: 'Ask a service of your own whether a request may pass.',
  config,
  check,
  reasons,
  needs: { body: ({ body }) => body?.maxBytes ?? 0 },
  compile(given, tools) {
    const { failOpen, retry } = given
    const timeoutMs = timeoutOf(given)
    const authorizer = authorizerOf(given, tools)
    const undecidedStatus = given.statusOnError
    const pending = new WeakMap<Exchange, PendingResponse>()
    const removeUnvouched = unvouchedRemover(given)

    async function authorize(exchange: Exchange): Promise<Verdict> {
      const asked = question(exchange, given)
      if (asked === 'too-large') return tooLarge
      const decision = await askWithRetries(retry, timeoutMs, (left) => authorizer.ask(asked, exchange, left))
      return verdictOf(exchange, decision)
    }

    function changed(exchange: Exchange, decision: Allowed): Verdict {
      try {
        removeUnvouched?.(exchange)
        const left = applyAllowed(exchange, decision)
        if (left.length > 0) pending.set(exchange, left)
        const names = [...decision.request.map(({ name }) => name), ...decision.removed]
        if (given.matchAgain && names.length > 0) exchange.matchAgain(names)
        return next
      } catch (error) {
        if (!(error instanceof TypeError)) throw error
        return denied(reasons.undecided, {
          status: 500,
          log: `what the service wants changed can't be: ${error.message}`,
        })
      }
    }

    function verdictOf(exchange: Exchange, decision: Decision): Verdict {
      switch (decision.kind) {
        case 'allowed': {
          if (decision.metadata !== null) addMetadata(exchange, METADATA, decision.metadata)
          return changed(exchange, decision)
        }
        case 'denied': {
          if (decision.metadata !== null) addMetadata(exchange, METADATA, decision.metadata)
          const { status, headers, body } = decision
          return denied(reasons.denied, { status, headers, message: body, verbatim: true })
        }
        case 'error': {
          if (failOpen) {
            tools.log.warn({ policy: 'ext-authz', why: decision.why }, 'a request passed although nobody decided')
            removeUnvouched?.(exchange)
            return next
          }
          const { status = undecidedStatus, headers = [], body = '' } = decision.answer ?? {}
          return denied(reasons.undecided, { status, headers, message: body, verbatim: true, log: decision.why })
        }
      }
    }

    return {
      request: authorize,
      response(exchange, response) {
        const left = pending.get(exchange)
        if (left !== undefined) applyPending(exchange, response, left)
      },
    }
  },
})

/** One set of connections per service, however many uses ask it and however often they are compiled. */
function authorizerOf(given: Config, { registry }: Tools): Authorizer {
  const { service } = given
  const key = `ext-authz ${JSON.stringify(service)}`
  if (service.kind === 'grpc') {
    const client = registry.get(
      key,
      () => new UnaryClient(service),
      (made) => made.close(),
    )
    return new GrpcService(client, given)
  }
  const connections = registry.get(
    key,
    () => connectionsTo(service),
    (made) => made.close(),
  )
  return new HttpService(connections.ask, given)
}
