/**
 * The name of route and service that `route add` makes for a path.
 *
 * Different paths have different names: `/` becomes `_`, and whatever else names may not hold, `_` and `~` included,
 * becomes `~` and the bytes in hexadecimal.
 */
export function routeName(path: string): string {
  return path.replace(/[^A-Za-z0-9.-]/gu, (char) => {
    if (char === '/') return '_'
    return [...Buffer.from(char)].map((byte) => `~${byte.toString(16).padStart(2, '0').toUpperCase()}`).join('')
  })
}
