import { requestTimeout } from '../../fields/durations.ts'
import { boolean, defaulted, integer, list, object, oneOf, required, text } from '../../schema/build.ts'
import { grpcService } from './grpc-service.ts'

const header = () => oneOf('DEFAULT', 'SEND', 'SKIP')
const body = () => oneOf('NONE', 'STREAMED', 'BUFFERED', 'BUFFERED_PARTIAL', 'FULL_DUPLEX_STREAMED')

/** What of a request and its answer the processor is sent. */
export const processingMode = () =>
  object({
    requestHeaderMode: defaulted(header(), 'SEND'),
    responseHeaderMode: defaulted(header(), 'SEND'),
    requestBodyMode: defaulted(body(), 'NONE'),
    responseBodyMode: defaulted(body(), 'NONE'),
    requestTrailerMode: defaulted(header(), 'SKIP'),
    responseTrailerMode: defaulted(header(), 'SKIP'),
  })

export const extProc = () =>
  object({
    grpcService: required(grpcService()),
    failOpen: defaulted(boolean(), true),
    processingMode: processingMode(),
    allowProcessingModeOverride: defaulted(boolean(), false),
    allowedProcessingModeOverrides: list(processingMode()),
    messageTimeout: requestTimeout(),
    maxMessageTimeout: requestTimeout(),
    statPrefix: text({ min: 1 }),
    requestAttributes: list(text()),
    routeCacheAction: defaulted(oneOf('FromResponse', 'Clear', 'Retain'), 'FromResponse'),
    filterStage: object({
      stage: required(oneOf('Fault', 'AuthN', 'AuthZ', 'RateLimit', 'Route')),
      predicate: defaulted(oneOf('Before', 'During', 'After'), 'During'),
      weight: defaulted(integer(), 0),
    }),
    metadataOptions: object({
      forwarding: object({ typed: list(text(), { min: 1 }), untyped: list(text(), { min: 1 }) }),
    }),
  })
