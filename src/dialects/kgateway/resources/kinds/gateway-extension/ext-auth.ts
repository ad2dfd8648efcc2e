import { requestTimeout } from '../../fields/durations.ts'
import { weightedBackendReference } from '../../fields/references.ts'
import { boolean, defaulted, integer, list, map, object, required, text } from '../../schema/build.ts'
import { exactlyOne } from '../../schema/rule.ts'
import { grpcService, retry } from './grpc-service.ts'

/** How much of a request's body the external check is shown. */
export const bodyForCheck = () =>
  object({
    maxRequestBytes: required(integer({ min: 1 })),
    allowPartialMessage: defaulted(boolean(), false),
    packAsBytes: defaulted(boolean(), false),
  })

const httpService = () =>
  object({
    backendRef: required(weightedBackendReference()),
    pathPrefix: text(),
    requestTimeout: requestTimeout(),
    retry: retry(),
    authorizationRequest: object({ headersToAdd: map(text()) }),
    authorizationResponse: object({
      headersToBackend: list(text()),
      headersToClient: list(text()),
      headersToClientOnSuccess: list(text()),
    }),
  })

export const extAuth = () =>
  object(
    {
      grpcService: grpcService(),
      httpService: httpService(),
      headersToForward: list(text()),
      failOpen: defaulted(boolean(), false),
      clearRouteCache: defaulted(boolean(), false),
      withRequestBody: bodyForCheck(),
      statusOnError: defaulted(integer({ min: 100, max: 511 }), 403),
      statPrefix: text({ min: 1 }),
    },
    exactlyOne('grpcService', 'httpService'),
  )
