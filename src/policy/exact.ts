/**
 * Holes of an original's that may be opened again, by the name of the setting `exact`: each only weakens a check of whoever asks
 * for it. What lets a message attack somebody else has no name here.
 */
export const EXACT = [
  ...(['hosts', 'base64', 'crit', 'signatures', 'tokens'] as const),
  ...(['hmac-dates', 'passwords', 'deny-errors'] as const),
] as const

export type Exact = (typeof EXACT)[number]

/** What is asked for by default. */
export const NOTHING_EXACT: ReadonlySet<Exact> = new Set()

export function isExact(name: string): name is Exact {
  return (EXACT as readonly string[]).includes(name)
}
