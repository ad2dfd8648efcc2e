/** `{SHA}` and a SHA-1 in base64. */
const HASH = /^\{SHA\}([A-Za-z0-9+/]{27}=)$/

/** Digests by name; and what is wrong with the lines. A line is never repeated: it is half a secret. */
export interface Users {
  readonly digests: ReadonlyMap<string, Buffer>
  readonly problem: string | null
}

export function readUsers(text: string): Users {
  const digests = new Map<string, Buffer>()
  let problem: string | null = null
  for (const [n, written] of text.split('\n').entries()) {
    const line = written.trim()
    if (line === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    const name = line.slice(0, colon)
    const hash = HASH.exec(line.slice(colon + 1))
    if (colon < 1) problem ??= `line ${n + 1}: expected NAME:{SHA}HASH`
    else if (hash === null) problem ??= `line ${n + 1}: only {SHA} hashes are supported (htpasswd -s)`
    else if (digests.has(name)) problem ??= `line ${n + 1}: a name that stands here already`
    else digests.set(name, Buffer.from(hash[1]!, 'base64'))
  }
  if (digests.size === 0) problem ??= 'there is no user'
  return { digests, problem }
}
