/** Why a token was refused, in the order the checks are made. Messages as Kong words them. */
export const reasons = {
  noToken: { code: 'token-missing', status: 401, message: 'Unauthorized' },
  severalTokens: { code: 'token-several', status: 401, message: 'Multiple tokens provided' },
  notText: { code: 'token-not-text', status: 401, message: 'Unrecognizable token' },
  notJson: { code: 'token-malformed', status: 401, message: 'Bad token; invalid JSON' },
  badAlgorithm: { code: 'token-algorithm-unsupported', status: 401, message: 'Bad token; invalid alg' },
  badSignaturePart: { code: 'token-signature-malformed', status: 401, message: 'Bad token; invalid signature' },
  badCrit: { code: 'token-extension-unknown', status: 401, message: 'Bad token; invalid crit' },
  noKeyClaim: { code: 'key-claim-missing', status: 401, message: "No mandatory 'iss' in claims" },
  badKeyClaim: { code: 'key-claim-invalid', status: 401, message: "Invalid 'iss' in claims" },
  unknownKey: { code: 'credential-unknown', status: 401, message: "No credentials found for given 'iss'" },
  wrongAlgorithm: { code: 'algorithm-mismatch', status: 401, message: 'Invalid algorithm' },
  noUsableKey: { code: 'credential-key-unusable', status: 401, message: 'Invalid key/secret' },
  badSignature: { code: 'signature-invalid', status: 401, message: 'Invalid signature' },
  badDates: { code: 'token-dates', status: 401, message: 'Token expired or not valid yet' },
  livesTooLong: { code: 'token-lives-too-long', status: 401, message: 'exceeds maximum allowed expiration' },
  noConsumer: { code: 'consumer-missing', status: 401, message: 'Could not find consumer' },
} as const
