import type { Attachment } from './attach-routes.ts'
import type { ListenerView } from './listeners.ts'

/** Hosts of a route on a listener, and the listener whose policies hold for requests to them. */
export interface Governed {
  readonly attachment: Attachment
  readonly by: ListenerView
}

/**
 * Listeners of one port share its hosts: a request is of the listener that names its host most closely, whichever the
 * route asked for. On plain HTTP the route is served there all the same, under that listener's policies; otherwise a route
 * that hangs on `*.example.com` would be a way around what guards `a.example.com`. An HTTPS listener serves nothing of
 * what another one names more closely. As kgateway does both.
 *
 * @param served listeners that take requests.
 */
export function governed({ listener, hosts }: Attachment, served: readonly ListenerView[]): readonly Governed[] {
  const shares = served.filter((other) => isBeside(listener, other))
  const byGovernor = new Map<ListenerView, (string | null)[]>()
  for (const host of hosts) {
    const by = closest(listener, shares, host)
    if (by !== listener && listener.spec.protocol === 'HTTPS') continue
    byGovernor.set(by, [...(byGovernor.get(by) ?? []), host])
  }
  return [...byGovernor].map(([by, own]) => ({ by, attachment: { listener, hosts: own } }))
}

/** HTTPS listeners whose hosts another one names too, less closely: what they do not serve, that one must not. */
export function keptFromWider(served: readonly ListenerView[]): readonly ListenerView[] {
  return served.filter(
    (listener) =>
      listener.spec.protocol === 'HTTPS' &&
      listener.hostname !== null &&
      served.some((other) => other !== listener && isBeside(listener, other) && holds(other, listener.hostname)),
  )
}

function isBeside(one: ListenerView, other: ListenerView): boolean {
  return one.gateway === other.gateway && one.spec.port === other.spec.port && one.socket === other.socket
}

function closest(listener: ListenerView, shares: readonly ListenerView[], host: string | null): ListenerView {
  let best = listener
  for (const other of shares) if (holds(other, host) && closeness(other) > closeness(best)) best = other
  return best
}

/** Whether all of a host's names are among those of a listener. */
function holds({ hostname }: ListenerView, host: string | null): boolean {
  if (hostname === null || hostname === host) return true
  return host !== null && hostname.startsWith('*.') && host.endsWith(hostname.slice(1))
}

/** Of two that hold the same host, the longer name is the closer one; the host itself before all wildcards. */
function closeness({ hostname }: ListenerView): number {
  return hostname === null ? 0 : hostname.replace(/^\*/, '').length
}
