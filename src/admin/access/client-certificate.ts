import { TLSSocket } from 'node:tls'

/** By connection: the authorities that its certificate was verified with when the connection began. */
const verifiedWith = new WeakMap<object, string>()

/** To be told of every connection once its handshake is over. */
export function rememberVerified(socket: TLSSocket, authorities: string): void {
  if (socket.authorized) verifiedWith.set(socket, authorities)
}

/**
 * Whose certificate the connection has shown, such as `CN=deploy, O=Example`; null without one that holds. One that was
 * verified with authorities that have been replaced since does not hold any more.
 */
export function certificateSubject(socket: unknown, authorities: string): string | null {
  if (!(socket instanceof TLSSocket) || verifiedWith.get(socket) !== authorities) return null
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined || new Date(certificate.validTo).getTime() < Date.now()) return null
  return certificate.subject.split('\n').join(', ')
}
