import type { Reason } from '../../policy/reason.ts'

/** A refusal of this policy: beside its reason, the word that OAuth clients know it by (RFC 6749 §5.2). */
export interface Failure extends Reason {
  readonly error: string
}

const failure = (status: number, code: string, error: string, message: string): Failure => ({
  ...{ status, code, error, message },
})

const REDIRECT = 'Invalid redirect_uri that does not match with any redirect_uri created with the application'
const OVER = 'The access token is invalid or has expired'
const GLOBAL = "The access token is global, but the current plugin is configured without 'global_credentials'"

/** Everything that is refused, with Kong's words: code for the log, word and sentence for the client. */
export const reasons = {
  // --- both endpoints
  wrongMethod: failure(405, 'method-invalid', 'invalid_method', 'The HTTP method is invalid'),
  notHttps: failure(400, 'https-required', 'access_denied', 'You must use HTTPS'),
  severalProtos: failure(400, 'proto-several', 'access_denied', 'Only one X-Forwarded-Proto header allowed'),
  wrongProvisionKey: failure(400, 'provision-key-wrong', 'invalid_provision_key', 'Invalid provision_key'),
  noUserId: failure(400, 'userid-missing', 'invalid_authenticated_userid', 'Missing authenticated_userid parameter'),
  unknownScope: failure(400, 'scope-unknown', 'invalid_scope', 'invalid scope'),
  noScope: failure(400, 'scope-missing', 'invalid_scope', 'You must specify a scope'),
  scopeNotText: failure(400, 'scope-not-text', 'invalid_scope', 'scope must be a string'),
  wrongClient: failure(400, 'client-wrong', 'invalid_client', 'Invalid client authentication'),
  wrongRedirect: failure(400, 'redirect-unregistered', 'invalid_request', REDIRECT),
  // --- authorization endpoint
  wrongResponseType: failure(400, 'response-type-invalid', 'unsupported_response_type', 'Invalid response_type'),
  noChallenge: failure(
    400,
    'challenge-missing',
    'invalid_request',
    'code_challenge is required when code_method is present',
  ),
  wrongChallengeMethod: failure(
    400,
    'challenge-method-unknown',
    'invalid_request',
    'code_challenge_method is not supported, must be S256',
  ),
  publicNeedsChallenge: failure(
    400,
    'challenge-required-public',
    'invalid_request',
    'code_challenge is required for public clients',
  ),
  confidentialNeedsChallenge: failure(
    400,
    'challenge-required-confidential',
    'invalid_request',
    'code_challenge is required for confidential clients',
  ),
  // --- token endpoint
  wrongGrant: failure(400, 'grant-invalid', 'unsupported_grant_type', 'Invalid grant_type'),
  wrongClientInHeader: failure(401, 'client-wrong-in-header', 'invalid_client', 'Invalid client authentication'),
  publicWithSecret: failure(
    400,
    'secret-disallowed',
    'invalid_request',
    'client_secret is disallowed for public clients',
  ),
  publicForItself: failure(
    400,
    'public-for-itself',
    'unauthorized_client',
    'client_credentials is disallowed for public clients',
  ),
  wrongCode: failure(400, 'code-invalid', 'invalid_request', 'Invalid code'),
  noVerifier: failure(
    400,
    'verifier-missing',
    'invalid_request',
    'code_verifier is required for PKCE authorization requests',
  ),
  verifierNotText: failure(400, 'verifier-not-text', 'invalid_request', 'code_verifier is not a string'),
  verifierLength: failure(
    400,
    'verifier-length',
    'invalid_request',
    'code_verifier must be between 43 and 128 characters',
  ),
  wrongVerifier: failure(400, 'verifier-wrong', 'invalid_grant', 'Invalid code'),
  wrongRefreshToken: failure(400, 'refresh-token-invalid', 'invalid_request', 'Invalid refresh_token'),
  scopeMismatch: failure(400, 'scope-mismatch', 'invalid_scope', 'Scope mismatch'),
  busy: failure(503, 'hashing-busy', 'temporarily_unavailable', 'Too many clients prove themselves at once'),
  noService: failure(500, 'service-missing', 'server_error', 'A token of this route would be good for no service'),
  noStore: failure(503, 'store-unavailable', 'temporarily_unavailable', 'Tokens cannot be stored now'),
  // --- introspection endpoint
  nothingToTell: failure(400, 'token-parameter-missing', 'invalid_request', 'Missing token parameter'),
  // --- everywhere else
  tokenMissing: failure(401, 'token-missing', 'invalid_request', 'The access token is missing'),
  tokenUnknown: failure(401, 'token-unknown', 'invalid_token', OVER),
  tokenExpired: failure(401, 'token-expired', 'invalid_token', OVER),
  tokenOfOtherService: failure(401, 'token-of-other-service', 'invalid_token', OVER),
  tokenGlobal: failure(401, 'token-global', 'invalid_token', GLOBAL),
} as const
