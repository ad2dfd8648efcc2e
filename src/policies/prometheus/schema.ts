import type { z } from 'zod'
import { flag, record } from '../../policy/fields.ts'

export const config = record({
  per_consumer: flag().default(false).describe('Tell requests and bytes of each consumer apart.'),
  status_code_metrics: flag().default(false).describe('Count requests by status: `kong_http_requests_total`.'),
  ai_metrics: flag().default(false).describe('Accepted for compatibility: there is nothing of the kind to count.'),
  latency_metrics: flag()
    .default(false)
    .describe('Observe milliseconds: `kong_kong_latency_ms`, `kong_upstream_latency_ms`, `kong_request_latency_ms`.'),
  bandwidth_metrics: flag().default(false).describe('Count bytes of requests and answers: `kong_bandwidth_bytes`.'),
  upstream_health_metrics: flag().default(false).describe('Show the health of targets: `kong_upstream_target_health`.'),
  wasm_metrics: flag()
    .default(false)
    .meta({ whenGiven: true })
    .describe('Accepted for compatibility: there is nothing of the kind to count.'),
})
export type Config = z.infer<typeof config>
