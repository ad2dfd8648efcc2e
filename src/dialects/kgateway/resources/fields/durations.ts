import { text } from '../schema/build.ts'
import { type Rule, rule } from '../schema/rule.ts'
import { goDurationNs } from './go-duration.ts'

const GEP_2257 = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/
const PATTERN = '^([0-9]{1,5}(h|m|s|ms)){1,4}$'

const written = (message: string): Rule<string> => rule(message, (value) => GEP_2257.test(value))

/** A rule over one duration; what is no duration at all can't be compared, and an API server says so in CEL's words. */
export const durationRule = (message: string, holds: (ns: number) => boolean): Rule<string> =>
  rule(message, (value) => {
    const ns = goDurationNs(value)
    return ns === null ? NOT_A_DURATION : holds(ns)
  })

export const NOT_A_DURATION = { error: "type conversion error from 'string' to 'google.protobuf.Duration'" }

export const MS = 1e6
const atLeastMs = (message: string, ms = 1) => durationRule(message, (ns) => ns >= ms * MS)

/** `1h30m`, `500ms`: text in the document; `durationMs` reads it. */
export const duration = (...rules: Rule<string>[]) => text({}, written('invalid duration value'), ...rules)

export const durationOfAtLeast = (message: string, ms = 1) => duration(atLeastMs(message, ms))

/** How long a question to another server may take. */
export const requestTimeout = () =>
  text({}, written('invalid timeout value'), atLeastMs('timeout must be at least 1ms.'))

/** As Gateway API writes one: the same text, checked by pattern. */
export const routeDuration = () => text({ pattern: PATTERN })

interface Interval {
  readonly baseInterval: string
  readonly maxInterval?: string
}
/** The longest wait between tries is no shorter than the first one. */
export const intervalsRise: Rule<Interval> = rule(
  'maxInterval must be greater than or equal to baseInterval',
  ({ baseInterval, maxInterval }) => {
    if (maxInterval === undefined) return true
    const base = goDurationNs(baseInterval)
    const max = goDurationNs(maxInterval)
    return base === null || max === null ? NOT_A_DURATION : max >= base
  },
)
