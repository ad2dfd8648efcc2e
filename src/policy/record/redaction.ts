/**
 * Credentials taken out of what is recorded of an exchange. A record is read by more people and kept for longer than
 * anything else the gateway writes: whoever reads it must not become who it tells of.
 */
import type { Outcome } from '../outcome.ts'

export const REDACTED = 'REDACTED'

/** Headers that hold credentials whatever the policies are: RFC 9110 §11.6.2 and §11.7.2, RFC 6265, RFC 9449. */
const HEADERS = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'dpop'])
/** Headers whose value is a URL, in whose query or fragment credentials travel (RFC 6749 §4.1.2 and §4.2.2). */
const URLS = new Set(['location', 'content-location', 'referer', 'www-authenticate'])
/** Arguments that hold credentials whatever the policies are (RFC 6750 §2.3, RFC 6749, OpenID Connect). */
const ARGUMENTS = new Set(
  'access_token refresh_token id_token id_token_hint client_secret client_assertion assertion code_verifier password provision_key'.split(
    ' ',
  ),
)

type Names = Pick<Outcome, 'isCredentialHeader' | 'isCredentialArgument'>

/** @param name in lower case. */
export function shownHeader(name: string, value: string, names: Names): string {
  if (HEADERS.has(name) || names.isCredentialHeader(name)) return REDACTED
  return URLS.has(name) ? shownUrl(value, names, true) : value
}

export function isShownArgument(name: string, names: Names): boolean {
  return !ARGUMENTS.has(name) && !names.isCredentialArgument(name)
}

/**
 * Path and query, the values of credential arguments replaced.
 * @param inAnswer the URL is one that somebody is sent to: its fragment counts too, and so does a `code` in it.
 */
export function shownUrl(url: string, names: Names, inAnswer = false): string {
  const start = url.search(inAnswer ? /[?#]/ : /\?/)
  if (start < 0) return url
  const shown = url.slice(start).replace(/([?&#])([^=&#]*)=([^&#]*)/g, (whole, before: string, name: string) => {
    const plain = decoded(name)
    const isShown = isShownArgument(plain, names) && !(inAnswer && plain === 'code')
    return isShown ? whole : `${before}${name}=${REDACTED}`
  })
  return url.slice(0, start) + shown
}

/** As whoever reads the argument decodes its name: `%61pikey` is `apikey`. */
export function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
