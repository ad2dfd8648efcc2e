/**
 * Text as a terminal may show it: what others wrote (names, claims, messages of a server) must not move its cursor, change
 * its title or answer in the user's name. Colours and line feeds stay. Only for people to read: data in files and pipes is
 * whole.
 */
export function forTerminal(text: string): string {
  return text.replace(UNSEEN, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

/** Control characters of both sets (ECMA-48), but for tabs, line feeds, and the escape in front of a colour. */
const UNSEEN = /(?!\x1b\[\d{0,2}m)[\x00-\x08\x0b-\x1f\x7f-\x9f]/g
