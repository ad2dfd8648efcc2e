import { duration, durationOfAtLeast, durationRule, MS } from '../../fields/durations.ts'
import { extensionReference } from '../../fields/references.ts'
import { defaulted, integer, list, object, oneOf, presence, required, text } from '../../schema/build.ts'
import { atLeastOne, exactlyOne, rule } from '../../schema/rule.ts'
import { underFourGi } from './quantity.ts'

const percent = () => integer({ min: 0, max: 100 })
const share = () => defaulted(percent(), 100)

const descriptorEntry = () =>
  object(
    {
      type: required(oneOf('Generic', 'Header', 'RemoteAddress', 'Path')),
      generic: object({ key: required(text({ min: 1 })), value: required(text({ min: 1 })) }),
      header: text({ min: 1 }),
    },
    rule(
      'exactly one entry type must be specified',
      ({ type, generic, header }) =>
        (generic !== undefined) === (type === 'Generic') && (header !== undefined) === (type === 'Header'),
    ),
  )

export const rateLimitUse = () =>
  object({
    local: object({
      tokenBucket: object({
        maxTokens: required(integer({ min: 1 })),
        tokensPerFill: defaulted(integer({ min: 1 }), 1),
        fillInterval: required(durationOfAtLeast('must be at least 50ms', 50)),
      }),
      percentEnabled: percent(),
      percentEnforced: percent(),
    }),
    global: object({
      descriptors: required(list(object({ entries: required(list(descriptorEntry(), { min: 1 })) }), { min: 1 })),
      extensionRef: required(extensionReference()),
    }),
  })

export const buffer = () =>
  object({ maxRequestSize: underFourGi(), disable: presence() }, exactlyOne('maxRequestSize', 'disable'))

/** Faults on purpose, to see how clients bear them. */
export const faultInjection = () =>
  object(
    {
      delay: object({
        fixedDelay: required(
          duration(
            durationRule('must be at least 1ms', (ns) => ns >= MS),
            durationRule('must not exceed 1h', (ns) => ns <= 3_600_000 * MS),
          ),
        ),
        percentage: share(),
      }),
      abort: object(
        {
          httpStatus: integer({ min: 200, max: 599 }),
          grpcStatus: integer({ min: 0, max: 16 }),
          percentage: share(),
        },
        exactlyOne('httpStatus', 'grpcStatus'),
      ),
      responseRateLimit: object({ kbitsPerSecond: required(integer({ min: 1 })), percentage: share() }),
      maxActiveFaults: integer({ min: 0 }),
      disable: presence(),
    },
    atLeastOne('delay', 'abort', 'responseRateLimit', 'disable'),
  )
