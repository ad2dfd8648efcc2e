import type { Reason } from '../../policy/reason.ts'

const refused = <C extends string, M extends string>(code: C, message: M, status = 401) => ({ code, status, message })

/**
 * Why a request was refused, in the order of the checks. The messages are Envoy's, to the letter: clients see them as the
 * body. The one on extensions is ours.
 */
export const reasons = {
  missing: refused('token-missing', 'Jwt is missing'),
  badFormat: refused(
    'token-malformed',
    'Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections',
  ),
  headerBase64: refused('header-encoding', 'Jwt header is an invalid Base64url encoded'),
  headerJson: refused('header-not-json', 'Jwt header is an invalid JSON'),
  noAlgorithm: refused('algorithm-missing', 'Jwt header [alg] field is required and must be a string'),
  badAlgorithm: refused('algorithm-unsupported', 'Jwt header [alg] is not supported'),
  badKid: refused('kid-not-text', 'Jwt header [kid] field is not a string'),
  extension: refused('extension-unknown', 'Jwt header [crit] is not supported'),
  payloadBase64: refused('payload-encoding', 'Jwt payload is an invalid Base64url encoded'),
  payloadJson: refused('payload-not-json', 'Jwt payload is an invalid JSON'),
  badIss: refused('iss-not-text', 'Jwt payload [iss] field is not a string'),
  badSub: refused('sub-not-text', 'Jwt payload [sub] field is not a string'),
  iatNotNumber: refused('iat-not-number', 'Jwt payload [iat] field is not an integer'),
  iatOutOfRange: refused('iat-out-of-range', 'Jwt payload [iat] field is not a positive 64 bit integer'),
  nbfNotNumber: refused('nbf-not-number', 'Jwt payload [nbf] field is not an integer'),
  nbfOutOfRange: refused('nbf-out-of-range', 'Jwt payload [nbf] field is not a positive 64 bit integer'),
  expNotNumber: refused('exp-not-number', 'Jwt payload [exp] field is not an integer'),
  expOutOfRange: refused('exp-out-of-range', 'Jwt payload [exp] field is not a positive 64 bit integer'),
  badJti: refused('jti-not-text', 'Jwt payload [jti] field is not a string'),
  badAud: refused('aud-not-text', 'Jwt payload [aud] field is not a string or string list'),
  signatureBase64: refused('signature-encoding', 'Jwt signature is an invalid Base64url encoded'),
  unknownIssuer: refused('issuer-unknown', 'Jwt issuer is not configured'),
  notYetValid: refused('token-not-yet-valid', 'Jwt not yet valid'),
  expired: refused('token-expired', 'Jwt is expired'),
  audience: refused('audience-not-allowed', 'Audiences in Jwt are not allowed', 403),
  noValidKeys: refused('keys-unusable', "Jwks doesn't have any valid public key"),
  fetchFailed: refused('keys-not-fetched', 'Jwks remote fetch is failed'),
  noSuchKey: refused('key-unknown', "Jwks doesn't have key to match kid or alg from Jwt"),
  wrongLength: refused('signature-wrong-length', 'Jwt ED25519 signature is wrong length'),
  notSigned: refused('signature-invalid', 'Jwt verification fails'),
  unsendable: refused('claim-unsendable', 'invalid header value', 503),
} as const satisfies Record<string, Reason>
