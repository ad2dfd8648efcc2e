import { definePolicy } from '../../policy/policy.ts'
import { abstain, denied } from '../../policy/verdict.ts'
import { reasons } from './reasons.ts'
import { config, credentialNames, identityHeaders } from './schema.ts'

export const jwtAuthn = definePolicy({
  name: 'jwt-authn',
  phase: 'identify',
  summary: 'Let in who brings a token (JWT) of an identity provider, and tell services of it.',
  config,
  reasons,
  consumerScope: false,
  identityHeaders,
  credentialNames,
  compile({ validationMode, providers }) {
    const { headers, query } = credentialNames({ validationMode, providers, requireAll: false })
    return {
      request(exchange) {
        const places = [
          ...headers.map((name) => exchange.header(name)),
          ...query.flatMap((name) => exchange.queryValues(name)),
        ]
        if (places.some((value) => value !== undefined)) return denied(reasons.noValidKeys)
        return validationMode === 'strict' ? denied(reasons.missing) : abstain
      },
    }
  },
})
