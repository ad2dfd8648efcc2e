import type { Reason } from '../policy/reason.ts'

const reason = (code: string, status: number, message: string): Reason => ({ code, status, message })

/** Why the gateway itself refuses. Dialects word these by their code. */
export const reasons = {
  malformed: reason('malformed', 400, 'Bad request'),
  headTooLarge: reason('head-too-large', 431, 'Request head too large'),
  bodyTooLarge: reason('body-too-large', 413, 'Request body too large'),
  methodNotAllowed: reason('method-not-allowed', 405, 'Method not allowed'),
  expectation: reason('expectation', 417, 'Expectation failed'),
  requestTimeout: reason('request-timeout', 408, 'Request timeout'),
  noRoute: reason('no-route', 404, 'No route matches'),
  noService: reason('no-service', 503, 'The route has no service'),
  httpsRequired: reason('https-required', 426, 'Please use HTTPS'),
  http2Required: reason('http2-required', 426, 'Please use HTTP/2'),
  notGrpc: reason('not-grpc', 415, 'Not a gRPC request'),
  nameResolution: reason('name-resolution', 503, 'The name of the service cannot be resolved'),
  noTarget: reason('no-target', 503, 'The service has no target'),
  badGateway: reason('bad-gateway', 502, 'The service sent no valid response'),
  gatewayTimeout: reason('gateway-timeout', 504, 'The service did not answer in time'),
  requestTimedOut: reason('request-timed-out', 504, 'The service did not answer in the time that the route allows'),
  anonymousMissing: reason('anonymous-missing', 500, 'The anonymous consumer does not exist'),
  principalGone: reason('principal-gone', 401, 'Unauthorized'),
  broken: reason('broken', 500, 'An unexpected error occurred'),
  overloaded: reason('overloaded', 503, 'Too much work at once'),
  starting: reason('starting', 503, 'No configuration is loaded yet'),
} as const
