/** What may be shown: scheme, host, port and database, and nothing beside them. */
const PLAIN = /^postgres(?:ql)?:\/\/(?:[\w.,:%-]|\[[\da-fA-F:.]+\])*(?:\/[\w%.-]*)?$/

/**
 * The URL of a database without user, password and parameters (which may hold a password too), for logs and messages.
 * One that is written so oddly that nobody can say which part is the password is not shown at all.
 */
export function shownUrl(url: string): string {
  const scheme = url.slice(0, url.indexOf(':'))
  const rest = url.slice(scheme.length + 1).replace(/^\/\//, '')
  // The last @ is meant to be the one before the host: passwords are often pasted without being escaped.
  const host = rest.slice(rest.lastIndexOf('@') + 1)
  const shown = `${scheme}://${host.replace(/[?#].*$/s, '')}`
  const hasUser = rest.includes('@')
  // Without an @, what looks like a port may be the password of a user whose host was forgotten.
  const isClear = PLAIN.test(shown) && (hasUser || !/:(?!\d{1,5}(?:[/,]|$))/.test(host.replace(/[?#].*$/s, '')))
  return isClear ? shown : `${scheme}://…`
}
