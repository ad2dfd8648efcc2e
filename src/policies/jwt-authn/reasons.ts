/** Why a request was refused. The messages are Envoy's, to the letter: clients see them as the body. */
export const reasons = {
  missing: { code: 'token-missing', status: 401, message: 'Jwt is missing' },
  noValidKeys: { code: 'keys-unusable', status: 401, message: "Jwks doesn't have any valid public key" },
} as const
