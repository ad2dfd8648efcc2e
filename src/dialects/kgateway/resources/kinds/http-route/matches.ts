import { httpMethod } from '../../fields/cors.ts'
import { headerMatch, queryMatch } from '../../fields/header-match.ts'
import { defaulted, list, listMap, object, oneOf, text } from '../../schema/build.ts'
import { type Rule, rule } from '../../schema/rule.ts'

interface PathMatch {
  readonly type: string
  readonly value: string
}

const ENDING = "when type one of ['Exact', 'PathPrefix']"
const CHARACTERS = "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$"
const hasOnlyPathCharacters = new RegExp(CHARACTERS)

/** Rules for paths that are compared as text; an expression may say what it likes. */
const literal = (message: string, holds: (value: string) => boolean): Rule<PathMatch> =>
  rule(message, ({ type, value }) => type === 'RegularExpression' || holds(value))

const without = (text: string) => literal(`must not contain '${text}' ${ENDING}`, (value) => !value.includes(text))
const notEnding = (text: string) => literal(`must not end with '${text}' ${ENDING}`, (value) => !value.endsWith(text))

const pathMatch = () =>
  object(
    {
      type: defaulted(oneOf('Exact', 'PathPrefix', 'RegularExpression'), 'PathPrefix'),
      value: defaulted(text({ max: 1024 }), '/'),
    },
    literal(`value must be an absolute path and start with '/' ${ENDING}`, (value) => value.startsWith('/')),
    ...['//', '/./', '/../', '%2f', '%2F', '#'].map(without),
    ...['/..', '/.'].map(notEnding),
    literal(`must only contain valid characters (matching ${CHARACTERS}) for types ['Exact', 'PathPrefix']`, (value) =>
      hasOnlyPathCharacters.test(value),
    ),
  )

/** What a rule takes that says nothing of it: everything. */
const EVERYTHING = [{ path: { type: 'PathPrefix', value: '/' } }] as const

/** Any one of these must hold; all parts of one must. */
export const matches = () =>
  defaulted(
    list(
      object({
        path: defaulted(pathMatch(), EVERYTHING[0].path),
        headers: listMap(headerMatch(), ['name'], { max: 16 }),
        queryParams: listMap(queryMatch(), ['name'], { max: 16 }),
        method: httpMethod(),
      }),
      { max: 64 },
    ),
    EVERYTHING,
  )

interface WithMatches {
  readonly matches?: readonly unknown[]
}
export const fewMatches: Rule<readonly WithMatches[]> = rule(
  'While 16 rules and 64 matches per rule are allowed, the total number of matches across all rules in a route must be less than 128',
  (rules) => rules.reduce((sum, { matches }) => sum + (matches?.length ?? 0), 0) <= 128,
)
