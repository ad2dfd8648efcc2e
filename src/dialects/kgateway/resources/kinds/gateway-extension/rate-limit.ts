import { duration } from '../../fields/durations.ts'
import { boolean, defaulted, object, oneOf, required, text } from '../../schema/build.ts'
import { grpcService } from './grpc-service.ts'

export const rateLimit = () =>
  object({
    grpcService: required(grpcService()),
    domain: required(text()),
    failOpen: defaulted(boolean(), true),
    timeout: defaulted(duration(), '100ms'),
    xRateLimitHeaders: defaulted(oneOf('Off', 'DraftVersion03'), 'Off'),
  })
