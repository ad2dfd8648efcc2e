import { compileExpression } from '../../policy/cel/expression.ts'
import { RequestVariables } from '../../policy/cel/request-variables.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { check, config } from './schema.ts'

const reasons = {
  accessDenied: { code: 'access-denied', status: 403, message: 'RBAC: access denied' },
  unjudged: { code: 'rule-without-answer', status: 403, message: 'RBAC: access denied' },
} as const
const accessDenied = denied(reasons.accessDenied)
const unjudged = denied(reasons.unjudged)

export const rbac = definePolicy({
  name: 'rbac',
  phase: 'authorize',
  summary: 'Allow or deny requests by expressions in CEL.',
  config,
  check,
  reasons,
  compile({ action, expressions }, { exact }) {
    const rules = expressions.map(compileExpression)

    /** What can't be judged is not allowed. */
    function allowOnly(variables: RequestVariables) {
      for (const rule of rules) if (rule(variables) === true) return next
      return accessDenied
    }

    /** As Envoy: a rule without an answer does not match, so the request passes. */
    function denyExactly(variables: RequestVariables) {
      for (const rule of rules) if (rule(variables) === true) return accessDenied
      return next
    }

    /** A rule that was to keep somebody out must say that it does not mean this request, or nobody passes. */
    function denyClosed(variables: RequestVariables) {
      let hasError = false
      for (const rule of rules) {
        const outcome = rule(variables)
        if (outcome === true) return accessDenied
        if (outcome === 'error') hasError = true
      }
      return hasError ? unjudged : next
    }

    if (action === 'allow') return { request: (exchange) => allowOnly(new RequestVariables(exchange, undefined)) }
    if (exact.has('deny-errors'))
      return { request: (exchange) => denyExactly(new RequestVariables(exchange, undefined)) }
    return { request: (exchange) => denyClosed(new RequestVariables(exchange, null)) }
  },
})
