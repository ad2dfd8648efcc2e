/** `{vault://NAME/RESOURCE[/KEY][?OPTION=VALUE…][#VERSION]}`, taken apart. */
export interface SecretReference {
  /** The prefix of a vault entity, or the type of a vault that the node's environment configures. */
  readonly vault: string
  readonly resource: string
  /** Which of several values the secret holds; null when it is one value. */
  readonly key: string | null
  /** 1 is the current one; null when none was asked for. */
  readonly version: number | null
  /** Settings of the vault, and times to live, that hold for this reference only. */
  readonly options: Readonly<Record<string, string>>
}

/** True for text that stands for a secret kept elsewhere, well written or not: the whole text, never a part of it. */
export function isReference(value: unknown): value is string {
  return typeof value === 'string' && value.startsWith('{vault://') && value.endsWith('}')
}

/** The reference, or what is wrong with how it is written. */
export function parseReference(text: string): SecretReference | { readonly problem: string } {
  if (!isReference(text)) return bad('expected {vault://NAME/RESOURCE} or {vault://NAME/RESOURCE/KEY}')
  const inner = text.slice('{vault://'.length, -1)
  const [beforeVersion, versionText, ...more] = inner.split('#')
  if (more.length > 0) return bad('it has more than one #')
  const [place, query, ...rest] = beforeVersion!.split('?')
  if (rest.length > 0) return bad('it has more than one ?')
  if (versionText !== undefined && !/^[1-9]\d{0,8}$/.test(versionText)) return bad('the version behind # is no number')

  const [vault, ...written] = place!.split('/')
  if (!/^[a-z][a-z0-9-]*$/.test(vault!)) return bad('the name of the vault is missing or no name')
  const segments = written.map(decoded)
  if (segments.includes(null)) return bad('a percent sign is not followed by two hexadecimal digits of UTF-8 text')
  const hasNoKey = segments.length > 1 && segments.at(-1) === ''
  if (hasNoKey) segments.pop()
  if (segments.length === 0 || segments.includes('')) return bad('the name of the secret is missing')
  const key = segments.length > 1 && !hasNoKey ? segments.pop()! : null
  return {
    vault: vault!,
    resource: segments.join('/'),
    key,
    version: versionText === undefined ? null : Number(versionText),
    options: Object.fromEntries(new URLSearchParams(query ?? '')),
  }
}

/**
 * The reference as logs may tell it. Options stay out: one of them may be a token.
 *
 * @param text as it was written; need not be well written.
 */
export function shownReference(text: string): string {
  const query = text.indexOf('?')
  if (query < 0) return text
  const version = text.indexOf('#', query)
  return `${text.slice(0, query)}${version < 0 ? '}' : text.slice(version)}`
}

const bad = (problem: string) => ({ problem })

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment)
  } catch {
    return null
  }
}
