import type { AdminTokens } from './admin-tokens.ts'
import { certificateSubject } from './client-certificate.ts'

/** What the Admin API asks of its callers. With neither of the two, nothing. */
export interface AccessRules {
  readonly tokens: AdminTokens | null
  /** Authorities (PEM) that sign the certificates of callers. */
  readonly clientAuthorities: string | null
}

export const OPEN: AccessRules = { tokens: null, clientAuthorities: null }

export type Admission =
  /** `caller` is the token's name or the certificate's subject; null where nobody is asked. */
  | { readonly admitted: true; readonly caller: string | null }
  | { readonly admitted: false; readonly message: string; readonly challenge: string }

/**
 * Decides who may use the Admin API. A certificate or a token is enough where both are known.
 *
 * @param header reads a header of the request.
 * @param socket the connection it came by.
 */
export function admit(
  { tokens, clientAuthorities }: AccessRules,
  header: (name: string) => string | undefined,
  socket: unknown,
): Admission {
  if (tokens === null && clientAuthorities === null) return { admitted: true, caller: null }
  if (clientAuthorities !== null) {
    const subject = certificateSubject(socket, clientAuthorities)
    if (subject !== null) return { admitted: true, caller: subject }
    if (tokens === null) {
      const message = 'the Admin API wants a client certificate that one of its authorities has signed'
      return { admitted: false, message, challenge: 'Certificate realm="admin"' }
    }
  }
  const token = sentToken(header)
  const owner = token === null ? null : tokens!.ownerOf(token)
  if (owner !== null) return { admitted: true, caller: owner }
  return token === null
    ? {
        admitted: false,
        message: 'the Admin API wants a token, in Kong-Admin-Token, X-Auth-Token or Authorization: Bearer',
        challenge: 'Bearer realm="admin"',
      }
    : {
        admitted: false,
        message: 'the Admin API does not know this token',
        challenge: 'Bearer realm="admin", error="invalid_token"',
      }
}

function sentToken(header: (name: string) => string | undefined): string | null {
  const plain = header('kong-admin-token') ?? header('x-auth-token')
  if (plain !== undefined) return plain
  const [, bearer] = /^bearer +(\S+)$/i.exec(header('authorization') ?? '') ?? []
  return bearer ?? null
}
