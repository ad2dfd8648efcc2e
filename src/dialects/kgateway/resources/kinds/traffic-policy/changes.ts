import { headerName, namespace, objectName } from '../../fields/names.ts'
import { defaulted, list, listMap, object, oneOf, required, set, text } from '../../schema/build.ts'
import { atLeastOne, exactlyOne, rule } from '../../schema/rule.ts'

const header = () =>
  object(
    {
      name: headerName(),
      value: text({ min: 1, max: 4096, pattern: '^[!-~]+([\\t ]?[!-~]+)*$' }),
      secretRef: object({
        name: required(objectName()),
        key: text({ min: 1, max: 253, pattern: '^[-._a-zA-Z0-9]+$' }),
        namespace: namespace(),
      }),
    },
    rule('name is required when using an inline value', ({ name, value }) => value === undefined || name !== undefined),
    exactlyOne('value', 'secretRef'),
  )

const headerChange = () =>
  object(
    {
      set: list(header(), { max: 16 }),
      add: list(header(), { max: 16 }),
      remove: set(text(), { max: 16 }),
    },
    atLeastOne('set', 'add', 'remove'),
  )

export const headerModifiers = () =>
  object({ request: headerChange(), response: headerChange() }, atLeastOne('request', 'response'))

const template = () => object({ name: required(text()), value: text() })
const stage = () =>
  object({
    set: listMap(template(), ['name'], { max: 16 }),
    add: listMap(template(), ['name'], { max: 16 }),
    remove: set(text(), { max: 16 }),
    body: object({ parseAs: defaulted(oneOf('AsString', 'AsJson', 'None'), 'AsString'), value: text() }),
    dynamicMetadata: list(
      object({
        namespace: required(text({ min: 1, max: 256 })),
        key: required(text({ min: 1, max: 256 })),
        value: required(object({ stringValue: text({ min: 1 }) }, exactlyOne('stringValue'))),
      }),
      { max: 16 },
    ),
  })

/** Headers and bodies made from templates. */
export const transformation = () => object({ request: stage(), response: stage() })

export const urlRewrite = () =>
  object(
    {
      pathRegex: object({
        pattern: required(text({ min: 1, max: 1024 })),
        substitution: required(text({ min: 1, max: 1024 })),
      }),
    },
    atLeastOne('pathRegex'),
  )
