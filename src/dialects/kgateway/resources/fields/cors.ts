import { boolean, defaulted, integer, oneOf, set, text } from '../schema/build.ts'
import { type Rule, rule } from '../schema/rule.ts'
import { headerName } from './names.ts'

const ORIGIN = '(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)'
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'] as const

const alone = (list: string, others: string): Rule<readonly string[]> =>
  rule(`${list} cannot contain '*' alongside other ${others}`, (values) => !values.includes('*') || values.length <= 1)

export const httpMethod = () => oneOf(...METHODS)

/**
 * CORS as Gateway API spells it.
 *
 * @param otherHeaders how the rule about `*` among headers goes on: HTTPRoute says `methods` there, TrafficPolicy `headers`.
 */
export const corsFields = (otherHeaders: 'methods' | 'headers') => ({
  allowOrigins: set(text({ min: 1, max: 253, pattern: ORIGIN }), { max: 64 }, alone('AllowOrigins', 'origins')),
  allowMethods: set(oneOf(...METHODS, '*'), { max: 9 }, alone('AllowMethods', 'methods')),
  allowHeaders: set(headerName(), { max: 64 }, alone('AllowHeaders', otherHeaders)),
  exposeHeaders: set(headerName(), { max: 64 }),
  allowCredentials: boolean(),
  maxAge: defaulted(integer({ min: 1 }), 5),
})
