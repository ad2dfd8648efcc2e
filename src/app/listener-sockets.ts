import type { NamedSocket } from '../plane/plane.ts'
import type { GatewaySettings } from './settings.ts'

/** Sockets of the operator's own for listeners that a dialect declares; listeners told to one address share one. */
export interface ListenerSockets {
  readonly sockets: readonly NamedSocket[]
  /** The socket's name, by the listener's. */
  readonly byListener: ReadonlyMap<string, string>
}

export function listenerSockets({ listeners = [] }: Pick<GatewaySettings, 'listeners'>): ListenerSockets {
  const sockets = new Map<string, NamedSocket>()
  const byListener = new Map<string, string>()
  for (const { listener, secure, address } of listeners) {
    // port 0 is another one each time
    const number = address.port === 0 ? ` ${sockets.size}` : ''
    const name = `${secure ? 'https' : 'http'}://${address.host}:${address.port}${number}`
    sockets.set(name, { name, secure, ...address })
    byListener.set(listener, name)
  }
  return { sockets: [...sockets.values()], byListener }
}
