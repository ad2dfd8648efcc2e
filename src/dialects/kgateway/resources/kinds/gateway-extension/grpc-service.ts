import { duration, durationOfAtLeast, intervalsRise, requestTimeout } from '../../fields/durations.ts'
import { weightedBackendReference } from '../../fields/references.ts'
import { defaulted, integer, object, required, text } from '../../schema/build.ts'

export const retry = () =>
  object({
    attempts: defaulted(integer({ min: 0 }), 1),
    backoff: object(
      {
        baseInterval: required(durationOfAtLeast('retry.BaseInterval must be at least 1ms.')),
        maxInterval: duration(),
      },
      intervalsRise,
    ),
  })

/** A gRPC server that requests are shown to. */
export const grpcService = () =>
  object({
    backendRef: required(weightedBackendReference()),
    authority: text(),
    requestTimeout: requestTimeout(),
    retry: retry(),
  })
