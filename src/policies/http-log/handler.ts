import { setTimeout as sleep } from 'node:timers/promises'
import { definePolicy, type Tools } from '../../policy/policy.ts'
import { customFunctionFields, recordWriter } from '../../policy/record/custom-fields.ts'
import { type Collector, collector } from './collector.ts'
import { DeliveryQueue, type QueueLimits } from './delivery-queue.ts'
import { type Config, check, config } from './schema.ts'

export const httpLog = definePolicy({
  name: 'http-log',
  phase: 'record',
  summary: 'Send a record of each exchange to an HTTP server.',
  config,
  check,
  reasons: {},
  functionFields: customFunctionFields,
  compile(given, tools) {
    const recordText = recordWriter(given.custom_fields_by_lua, tools.log)
    const shared = sharedQueue(given, tools)
    shared.users++
    return {
      record: function sendRecord(exchange, response, outcome) {
        shared.queue.add(recordText(exchange, response, outcome))
      },
      dispose: () => void release(shared, tools),
    }
  },
})

interface SharedQueue {
  readonly key: string
  readonly queue: DeliveryQueue
  readonly collector: Collector
  /** Policy uses that add to it. */
  users: number
}

/** Uses with the same config send by one queue, and a recompile goes on with the queue it finds. */
function sharedQueue(given: Config, { registry, clock, log, fetch }: Tools): SharedQueue {
  const key = `http-log ${JSON.stringify(given)}`
  const make = (): SharedQueue => {
    const limits = limitsOf(given)
    const receiver = collector(given, limits.maxBatchSize > 1, fetch)
    const queue = new DeliveryQueue(limits, {
      ...{ clock, log, receiver: receiver.name, send: receiver.send },
      sleep: (ms) => sleep(ms, undefined, { ref: false }),
    })
    return { key, queue, collector: receiver, users: 0 }
  }
  return registry.get(key, make, async (ending) => {
    await ending.queue.drain()
    ending.collector.close()
  })
}

/** The last use gone, what waits is sent still. */
async function release(shared: SharedQueue, { registry }: Tools): Promise<void> {
  shared.users--
  if (shared.users > 0) return
  await shared.queue.settled()
  if (shared.users > 0) return
  registry.drop(shared.key)
  shared.collector.close()
}

function limitsOf({ queue, queue_size, flush_timeout }: Config): QueueLimits {
  return {
    maxBatchSize: queue_size !== null && queue_size > 1 ? queue_size : queue.max_batch_size,
    coalesceMs: 1000 * (flush_timeout !== null && flush_timeout !== 2 ? flush_timeout : queue.max_coalescing_delay),
    maxEntries: queue.max_entries,
    maxBytes: queue.max_bytes,
    retryMs: 1000 * queue.max_retry_time,
    firstDelayMs: 1000 * queue.initial_retry_delay,
    maxDelayMs: 1000 * queue.max_retry_delay,
    unordered: queue.concurrency_limit === -1,
  }
}
