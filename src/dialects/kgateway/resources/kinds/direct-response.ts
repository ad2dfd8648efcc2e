import { anyObject, integer, object, required, text } from '../schema/build.ts'
import { atMostOne, exactlyOne } from '../schema/rule.ts'

/** A fixed answer, used as a route's filter. */
export const directResponseSpec = object(
  {
    status: required(integer({ min: 200, max: 599 })),
    body: text({ min: 1, max: 4096 }),
    bodyFormat: object(
      { text: text({ min: 1, max: 4096 }), json: anyObject(), contentType: text() },
      exactlyOne('json', 'text'),
    ),
  },
  atMostOne('body', 'bodyFormat'),
)
