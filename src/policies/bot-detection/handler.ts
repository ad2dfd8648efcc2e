import { BoundedMap } from '../../base/bounded-map.ts'
import { textSearcher } from '../../base/expression.ts'
import { definePolicy } from '../../policy/policy.ts'
import { denied, next } from '../../policy/verdict.ts'
import { KNOWN_BOTS } from './known-bots.ts'
import { check, config } from './schema.ts'

const reasons = {
  bot: { code: 'bot', status: 403, message: 'Forbidden' },
  several: { code: 'several-user-agents', status: 400, message: 'Only one User-Agent header allowed' },
} as const

const bot = denied(reasons.bot)
const several = denied(reasons.several)
/** User agents whose judgement is kept: those of browsers are few. */
const REMEMBERED = 1000
/** Characters of a user agent that are looked at. */
const LONGEST = 1024

export const botDetection = definePolicy({
  name: 'bot-detection',
  phase: 'guard',
  summary: 'Refuse crawlers and scrapers that say what they are.',
  config,
  check,
  reasons,
  consumerScope: false,
  compile({ allow, deny }) {
    const allowed = allow.map(textSearcher)
    const refused = [...deny, ...KNOWN_BOTS].map(textSearcher)
    const known = new BoundedMap<boolean>(REMEMBERED)
    const isBot = (agent: string) =>
      !allowed.some((matches) => matches(agent)) && refused.some((matches) => matches(agent))

    return {
      request: function readUserAgent(exchange) {
        const agents = exchange.headerValues('user-agent')
        if (agents.length > 1) return several
        if (agents.length === 0) return next
        const agent = agents[0]!.slice(0, LONGEST)
        let judged = known.get(agent)
        if (judged === undefined) known.set(agent, (judged = isBot(agent)))
        return judged ? bot : next
      },
    }
  },
})
