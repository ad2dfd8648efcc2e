/**
 * The name of a user's entry: `ATTRIBUTE=USER,BASE`. The user name is the caller's and everything else is ours, so it is
 * escaped (RFC 4514 §2.4): `eve,ou=admins` must stay one value and not become another place in the tree.
 */
export function userEntry(attribute: string, user: string, base: string): string {
  return `${attribute}=${escapedValue(user)},${base}`
}

const SPECIAL = /[\x00-\x1f"+,;<=>\\\x7f]/g

function escapedValue(value: string): string {
  return value.replace(SPECIAL, hex).replace(/^[ #]/, hex).replace(/ $/, hex)
}

function hex(char: string): string {
  return `\\${char.charCodeAt(0).toString(16).padStart(2, '0')}`
}

/** One text for all spellings that directories take for the same name (RFC 4518: case, compatibility forms, blanks). */
export function foldedName(user: string): string {
  return user.normalize('NFKC').toLowerCase().trim().replace(/\s+/g, ' ')
}
