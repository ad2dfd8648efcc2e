/**
 * The hosts that a route serves on a listener: what its own names and the listener's have in common.
 *
 * @param listener null for all hosts. @param route empty for all that the listener has.
 * @returns null stands for all hosts; empty when they have nothing in common.
 */
export function commonHosts(listener: string | null, route: readonly string[]): readonly (string | null)[] {
  if (route.length === 0) return [listener]
  if (listener === null) return route
  const common = route.map((host) => common1(listener, host)).filter((host) => host !== null)
  return [...new Set(common)]
}

/** The narrower of two names, when it lies within the other. */
function common1(one: string, other: string): string | null {
  if (one === other) return one
  if (isWithin(one, other)) return one
  return isWithin(other, one) ? other : null
}

/** Whether a name (perhaps a wildcard itself) lies within a wildcard. */
function isWithin(name: string, wildcard: string): boolean {
  if (!wildcard.startsWith('*.')) return false
  return name.endsWith(wildcard.slice(1)) && name.length > wildcard.length - 1 && name !== wildcard
}
