import { corsFields } from '../../fields/cors.ts'
import { boolean, integer, list, object, presence, text } from '../../schema/build.ts'
import { atMostOne, exactlyOne } from '../../schema/rule.ts'

/** Fields it does not know stay, as its definition says. */
export const cors = () => ({ ...object({ ...corsFields('headers'), disable: presence() }), keepsUnknown: true })

const percent = () => integer({ min: 0, max: 100 })

const textMatcher = () =>
  object(
    {
      exact: text(),
      prefix: text(),
      suffix: text(),
      contains: text(),
      safeRegex: text(),
      ignoreCase: boolean(),
    },
    exactlyOne('exact', 'prefix', 'suffix', 'contains', 'safeRegex'),
  )

export const csrf = () =>
  object(
    {
      percentageEnabled: percent(),
      percentageShadowed: percent(),
      additionalOrigins: list(textMatcher(), { max: 16 }),
    },
    atMostOne('percentageEnabled', 'percentageShadowed'),
  )
