import { encodedHeaderValue } from './header-value.ts'

/** Text as a quoted-string of RFC 9110 §5.6.4, for parameters such as `realm`; safe to join into a header value. */
export function quotedString(text: string): string {
  return `"${encodedHeaderValue(text).replace(/["\\]/g, '\\$&')}"`
}
