import { integer, list, object, oneOf, required, text } from '../../schema/build.ts'
import { atLeastOne } from '../../schema/rule.ts'

const PART = '[0-9A-Fa-f]{1,4}'
const IPV4 = '((25[0-5]|(2[0-4]|1\\d|[1-9]|)\\d)\\.?\\b){4}(\\/([0-9]|[1-2][0-9]|3[0-2]))?'
/** Every way to leave out one run of zeros, written out: that is what the message shows. */
const shortened = (before: number): string =>
  before === 5
    ? `${PART}:(?:(?::${PART}){1,6})`
    : `(?:${PART}:){1,${6 - before}}${before === 0 ? `:${PART}` : `(?::${PART}){1,${before + 1}}`}`
const IPV6 = [
  `(?:${PART}:){7}${PART}`,
  `(?:${PART}:){1,7}:`,
  `:(?::${PART}){1,7}`,
  ...[0, 1, 2, 3, 4, 5].map(shortened),
  `:(?:(?::${PART}){1,6})`,
].join('|')
const CIDR = `^${IPV4}$|^(${IPV6})(\\/(12[0-8]|1[0-1][0-9]|[1-9][0-9]|[0-9]))?$`

const verdict = () => oneOf('allow', 'deny')

/** Addresses that may come in, or may not. */
export const acl = () =>
  object({
    defaultAction: required(verdict()),
    rules: list(
      object({
        name: text({ max: 256 }),
        cidrs: required(list(text({ pattern: CIDR }), { min: 1, max: 256 })),
        action: required(verdict()),
      }),
      { max: 256 },
    ),
    denyResponse: object(
      {
        statusCode: integer({ min: 100, max: 599 }),
        headers: list(object({ name: required(text({ min: 1, max: 256 })), value: required(text({ max: 4096 })) }), {
          max: 16,
        }),
        blockedByHeaderName: text({ min: 1, max: 256 }),
      },
      atLeastOne('statusCode', 'headers', 'blockedByHeaderName'),
    ),
  })
