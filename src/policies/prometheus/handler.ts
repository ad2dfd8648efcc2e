import { definePolicy } from '../../policy/policy.ts'
import { processFamilies } from './families.ts'
import { Figures } from './figures.ts'
import { config } from './schema.ts'

/** Numbers only while requests run; text when somebody scrapes. Labels are names of ours, never what a client chose. */
export const prometheus = definePolicy({
  name: 'prometheus',
  phase: 'record',
  summary: 'Count requests, bytes and times for Prometheus, under the names that Kong uses.',
  config,
  reasons: {},
  figures: (registry, process) => processFamilies(Figures.of(registry), process),
  compile(config, { registry }) {
    const { per_consumer, status_code_metrics, latency_metrics, bandwidth_metrics, upstream_health_metrics } = config
    const figures = Figures.of(registry)
    if (upstream_health_metrics) figures.healthWanted++
    const dispose = () => {
      if (upstream_health_metrics) figures.healthWanted--
    }
    if (!status_code_metrics && !latency_metrics && !bandwidth_metrics) return { dispose }
    return {
      dispose,
      record: function count(exchange, response, outcome) {
        const { route } = exchange
        if (route === null) return
        const series = figures.ofRoute(route)
        if (status_code_metrics || bandwidth_metrics) {
          const consumer = per_consumer ? (exchange.principal.current?.consumer?.username ?? '') : ''
          const traffic = figures.trafficOf(series, consumer)
          if (status_code_metrics) traffic.count(response.status, response.generated)
          if (bandwidth_metrics) {
            traffic.ingress += outcome.requestBytes()
            traffic.egress += outcome.responseBytes()
          }
        }
        if (latency_metrics) {
          series.requestMs.observe(Math.round(outcome.totalMs))
          series.gatewayMs.observe(Math.round(outcome.gatewayMs))
          if (outcome.upstreamMs !== null) series.upstreamMs.observe(Math.round(outcome.upstreamMs))
        }
      },
    }
  },
})
