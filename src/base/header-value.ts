/**
 * Text of ours (a claim, a consumer's name, an id) as a header value.
 *
 * The head of a message is kept as a latin1 string, one character a byte. Text becomes UTF-8 bytes *first* and is
 * looked at byte by byte only then: written the other way round, U+560D U+560A would turn into CR LF, a forged header
 * out of a claim.
 *
 * @returns the UTF-8 bytes as a latin1 string, or null when a byte is below 0x20 or is 0x7F and the value must be refused.
 */
export function headerValue(text: string): string | null {
  let ascii = true
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return null
    if (code > 0x7f) ascii = false
  }
  return ascii ? text : Buffer.from(text, 'utf8').toString('latin1')
}

/** As `headerValue`, but control characters are percent-encoded instead of refused: for values that may not be lost. */
export function encodedHeaderValue(text: string): string {
  const bytes = headerValue(text)
  if (bytes !== null) return bytes
  return headerValue(
    text.replace(/[\x00-\x1f\x7f%]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`),
  )!
}
