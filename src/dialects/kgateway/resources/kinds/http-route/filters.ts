import { corsFields } from '../../fields/cors.ts'
import { headerName, preciseHostname } from '../../fields/names.ts'
import { backendReference, localObject, portNumber } from '../../fields/references.ts'
import {
  boolean,
  defaulted,
  integer,
  list,
  listMap,
  object,
  oneNumberOf,
  oneOf,
  required,
  set,
  text,
} from '../../schema/build.ts'
import { type Rule, rule } from '../../schema/rule.ts'

const header = () => object({ name: required(headerName()), value: required(text({ min: 1, max: 4096 })) })

/** Shared with GRPCRoute, as is `requestMirror`. */
export const headerModifier = () =>
  object({
    set: listMap(header(), ['name'], { max: 16 }),
    add: listMap(header(), ['name'], { max: 16 }),
    remove: set(text(), { max: 16 }),
  })

export const requestMirror = () =>
  object(
    {
      backendRef: required(backendReference()),
      percent: integer({ min: 0, max: 100 }),
      fraction: object(
        { numerator: required(integer({ min: 0 })), denominator: defaulted(integer({ min: 1 }), 100) },
        rule(
          'numerator must be less than or equal to denominator',
          ({ numerator, denominator }) => numerator <= denominator,
        ),
      ),
    },
    rule(
      'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter',
      ({ percent, fraction }) => percent === undefined || fraction === undefined,
    ),
  )

const FULL = 'ReplaceFullPath'
const PREFIX = 'ReplacePrefixMatch'

const pathChange = () =>
  object(
    {
      type: required(oneOf(FULL, PREFIX)),
      replaceFullPath: text({ max: 1024 }),
      replacePrefixMatch: text({ max: 1024 }),
    },
    rule(
      "replaceFullPath must be specified when type is set to 'ReplaceFullPath'",
      ({ type, replaceFullPath }) => type !== FULL || replaceFullPath !== undefined,
    ),
    rule(
      "type must be 'ReplaceFullPath' when replaceFullPath is set",
      ({ type, replaceFullPath }) => replaceFullPath === undefined || type === FULL,
    ),
    rule(
      "replacePrefixMatch must be specified when type is set to 'ReplacePrefixMatch'",
      ({ type, replacePrefixMatch }) => type !== PREFIX || replacePrefixMatch !== undefined,
    ),
    rule(
      "type must be 'ReplacePrefixMatch' when replacePrefixMatch is set",
      ({ type, replacePrefixMatch }) => replacePrefixMatch === undefined || type === PREFIX,
    ),
  )

/** A filter has the member that its type names, and no other. */
export const memberOfType = <M extends string>(member: M, type: string): readonly Rule<Typed<M>>[] => [
  rule(
    `filter.${member} must be nil if the filter.type is not ${type}`,
    (filter) => filter[member] === undefined || filter.type === type,
  ),
  rule(
    `filter.${member} must be specified for ${type} filter.type`,
    (filter) => filter[member] !== undefined || filter.type !== type,
  ),
]
type Typed<M extends string> = { readonly type: string } & { readonly [P in M]?: unknown }

const filter = () =>
  object(
    {
      type: required(
        oneOf(
          'RequestHeaderModifier',
          'ResponseHeaderModifier',
          'RequestMirror',
          'RequestRedirect',
          'URLRewrite',
          'ExtensionRef',
          'CORS',
        ),
      ),
      requestHeaderModifier: headerModifier(),
      responseHeaderModifier: headerModifier(),
      requestMirror: requestMirror(),
      requestRedirect: object({
        scheme: oneOf('http', 'https'),
        hostname: preciseHostname(),
        path: pathChange(),
        port: portNumber(),
        statusCode: defaulted(oneNumberOf(301, 302, 303, 307, 308), 302),
      }),
      urlRewrite: object({ hostname: preciseHostname(), path: pathChange() }),
      cors: object({ ...corsFields('methods'), allowCredentials: boolean() }),
      extensionRef: localObject(),
    },
    ...memberOfType('cors', 'CORS'),
    ...memberOfType('requestHeaderModifier', 'RequestHeaderModifier'),
    ...memberOfType('responseHeaderModifier', 'ResponseHeaderModifier'),
    ...memberOfType('requestMirror', 'RequestMirror'),
    ...memberOfType('requestRedirect', 'RequestRedirect'),
    ...memberOfType('urlRewrite', 'URLRewrite'),
    ...memberOfType('extensionRef', 'ExtensionRef'),
  )

interface OfType {
  readonly type: string
}
export const notRepeated = (...types: string[]): readonly Rule<readonly OfType[]>[] =>
  types.map((type) =>
    rule(`${type} filter cannot be repeated`, (filters) => filters.filter((each) => each.type === type).length <= 1),
  )

const has = (filters: readonly OfType[], type: string): boolean => filters.some((each) => each.type === type)

export const filters = () =>
  list(
    filter(),
    { max: 16 },
    rule(
      'May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both',
      (filters) => !(has(filters, 'RequestRedirect') && has(filters, 'URLRewrite')),
    ),
    ...notRepeated('CORS', 'RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite'),
  )
