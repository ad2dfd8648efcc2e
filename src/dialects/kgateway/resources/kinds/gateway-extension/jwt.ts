import { durationOfAtLeast, intervalsRise } from '../../fields/durations.ts'
import { backendReference, localName } from '../../fields/references.ts'
import { boolean, integer, list, listMap, object, oneOf, required, text } from '../../schema/build.ts'
import type { Infer } from '../../schema/node.ts'
import { exactlyOne } from '../../schema/rule.ts'

export const audiences = () => list(text(), { min: 1, max: 32 })
export const claimsToHeaders = () =>
  list(object({ name: required(text({ min: 1, max: 2048 })), header: required(text({ min: 1, max: 2048 })) }), {
    min: 1,
    max: 32,
  })

const remoteJwks = () =>
  object({
    url: required(text({ min: 1, max: 2048 })),
    backendRef: required(backendReference()),
    cacheDuration: durationOfAtLeast('cacheDuration must be at least 1ms.'),
    asyncFetch: object({
      fastListener: boolean(),
      failedRefetchDuration: durationOfAtLeast('failedRefetchDuration must be at least 1ms.'),
    }),
    retryPolicy: object({
      numRetries: integer({ min: 1 }),
      backOff: object(
        {
          baseInterval: required(durationOfAtLeast('baseInterval must be at least 1ms.')),
          maxInterval: durationOfAtLeast('maxInterval must be at least 1ms.'),
        },
        intervalsRise,
      ),
    }),
  })

const jwks = () =>
  object(
    {
      local: object(
        { inline: text({ min: 1, max: 16384 }), configMapRef: localName() },
        exactlyOne('inline', 'configMapRef'),
      ),
      remote: remoteJwks(),
    },
    exactlyOne('local', 'remote'),
  )

const provider = object({
  name: required(text({ min: 1, max: 253 })),
  issuer: text({ max: 2048 }),
  audiences: audiences(),
  tokenSource: object(
    {
      header: object({ header: required(text({ min: 1, max: 2048 })), prefix: text({ min: 1, max: 2048 }) }),
      queryParameter: text(),
    },
    exactlyOne('header', 'queryParameter'),
  ),
  claimsToHeaders: claimsToHeaders(),
  forwardToken: boolean(),
  jwks: required(jwks()),
})

export type JwtProvider = Infer<typeof provider>

export const jwt = () =>
  object({
    validationMode: oneOf('Strict', 'AllowMissing'),
    providers: listMap(provider, ['name'], { max: 32 }),
  })
