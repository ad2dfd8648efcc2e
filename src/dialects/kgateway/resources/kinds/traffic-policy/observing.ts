import { headerName } from '../../fields/names.ts'
import {
  boolean,
  defaulted,
  integer,
  list,
  object,
  oneNumberOf,
  oneOf,
  presence,
  required,
  text,
} from '../../schema/build.ts'
import { atLeastOne, noDuplicates, rule } from '../../schema/rule.ts'

const percent = () => integer({ min: 0, max: 100 })

const attribute = () => ({
  ...object({
    name: required(text()),
    environment: object({ name: required(text()), defaultValue: text() }),
    literal: object({ value: required(text()) }),
    metadata: object({
      kind: required(oneOf('Request', 'Route', 'Cluster', 'Host')),
      metadataKey: required(object({ key: required(text()), path: required(list(object({ key: required(text()) }))) })),
      defaultValue: text(),
    }),
    requestHeader: object({ name: required(text()), defaultValue: text() }),
  }),
  min: 1,
  max: 2,
})

export const tracing = () =>
  object(
    {
      attributes: list(attribute(), { max: 16 }),
      clientSampling: percent(),
      randomSampling: percent(),
      overallSampling: percent(),
      disable: presence(),
    },
    rule(
      'disable is mutually exclusive with other tracing fields',
      ({ disable, clientSampling, randomSampling, overallSampling, attributes }) =>
        disable === undefined ||
        [clientSampling, randomSampling, overallSampling, attributes].every((each) => each === undefined),
    ),
  )

export const statPrefix = () =>
  text({
    min: 1,
    max: 256,
    pattern: '^([a-zA-Z0-9_%.-]|\\{\\{\\s*(route_name|route_namespace|rule_name)\\s*\\}\\})+$',
  })

const libraries = () =>
  defaulted(
    list(oneOf('Gzip', 'Brotli', 'Zstd'), { min: 1, max: 3 }, noDuplicates('libraries must not contain duplicates')),
    ['Gzip'],
  )

export const compression = () =>
  object(
    {
      responseCompression: object({ libraries: libraries(), disable: presence() }),
      requestDecompression: object({ libraries: libraries(), disable: presence() }),
    },
    atLeastOne('responseCompression', 'requestDecompression'),
  )

export const internalRedirect = () =>
  object({
    maxRedirects: integer({ min: 1 }),
    allowCrossSchemeRedirect: boolean(),
    redirectResponseCodes: list(
      oneNumberOf(301, 302, 303, 307, 308),
      { min: 1, max: 5 },
      noDuplicates('redirectResponseCodes must not contain duplicates'),
    ),
    responseHeadersToCopy: list(
      headerName(),
      { min: 1, max: 16 },
      noDuplicates('responseHeadersToCopy must not contain duplicates'),
    ),
  })
