import { rbac } from '../../src/policies/rbac/handler.ts'
import { compilePolicy, FakeExchange } from '../../src/policy/test-kit.ts'

/**
 * What one expression costs a request, in microseconds. Run: `sh tools/node.sh bench/micro/rbac.ts`
 */
const PAYLOAD = "metadata.filter_metadata['envoy.filters.http.jwt_authn']['payload']"
const exchange = new FakeExchange({ path: '/a', headers: { 'x-user': 'aaab' } })
exchange.shared.set('envoy.filters.http.jwt_authn', { payload: { team: 'dev', scope: ['read', 'admin'] } })

const ROUNDS = 200_000
for (const expression of [
  `${PAYLOAD}['team'] == 'dev'`,
  `'admin' in ${PAYLOAD}['scope'] && request.path.startsWith('/a')`,
  "request.headers['x-user'].matches('^a+b$')",
  "request.headers['x-none'] == 'a' || source.address.startsWith('192.')",
]) {
  const { request } = compilePolicy(rbac, { expressions: [expression] })
  for (let n = 0; n < ROUNDS / 10; n++) request!(exchange)
  const start = performance.now()
  for (let n = 0; n < ROUNDS; n++) request!(exchange)
  console.log(`${(((performance.now() - start) * 1000) / ROUNDS).toFixed(2)} us  ${expression}`)
}
