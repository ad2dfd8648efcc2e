import { randomUUID } from 'node:crypto'
import { definePolicy } from '../../policy/policy.ts'
import { next } from '../../policy/verdict.ts'
import { type Config, check, config } from './schema.ts'

/** What a use keeps over recompiles, so that its counter never gives an id twice. */
interface Sequence {
  readonly uuid: string
  count: number
}

export const correlationId = definePolicy({
  name: 'correlation-id',
  phase: 'shape',
  summary: 'Give every request an id that the service, and the client if wanted, can log.',
  config,
  check,
  reasons: {},
  compile({ header_name, generator, echo_downstream }, { registry, useId }) {
    const sequence = registry.get<Sequence>(`correlation-id:${useId}`, () => ({ uuid: randomUUID(), count: 0 }))
    const newId = idMaker(generator, sequence)
    const wireName = header_name.toLowerCase()

    return {
      request: function giveId(exchange) {
        const sent = exchange.header(wireName)
        const id = sent === undefined || sent === '' ? newId(exchange.now) : sent
        if (id !== sent) exchange.setHeader(header_name, id)
        if (echo_downstream) exchange.setResponseHeader(header_name, id)
        exchange.shared.set('correlation_id', id)
        return next
      },
    }
  },
})

function idMaker(generator: Config['generator'], sequence: Sequence): (now: number) => string {
  switch (generator) {
    case 'uuid':
      return () => randomUUID()
    case 'uuid#counter':
      return () => `${sequence.uuid}#${++sequence.count}`
    case 'tracker':
      // Kong's has address, port and connection numbers too; they tell a service nothing it could use.
      return (now) => `${process.pid}-${++sequence.count}-${(now / 1000).toFixed(3)}`
  }
}
