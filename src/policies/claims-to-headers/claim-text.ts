import { headerValue } from '../../base/header-value.ts'
import type { Config } from './schema.ts'

type Style = Pick<Config, 'array_separator' | 'arrays' | 'objects' | 'unsafe_values'>

/**
 * A claim's value as text for a header.
 *
 * Text, numbers, `true` and `false` stand as they are; lists are joined; objects are JSON.
 * @returns text without control characters; null for null and for what can't be sent safely.
 */
export function claimText(value: unknown, style: Style): string | null {
  const text = written(value, style)
  if (text === null || headerValue(text) !== null) return text
  return style.unsafe_values === 'encode' ? percentEncoded(text) : null
}

function written(value: unknown, style: Style): string | null {
  switch (typeof value) {
    case 'string':
      return value
    case 'boolean':
      return String(value)
    case 'number':
      return Number.isFinite(value) ? String(value) : null
    case 'object':
      if (value === null) return null
      return Array.isArray(value) ? writtenList(value, style) : writtenObject(value, style)
    default:
      return null
  }
}

function writtenList(values: readonly unknown[], style: Style): string | null {
  if (style.arrays === 'json' || values.some((value) => typeof value === 'object' && value !== null))
    return json(values)
  return values
    .map((value) => written(value, style))
    .filter((text) => text !== null)
    .join(style.array_separator)
}

function writtenObject(value: object, { objects }: Style): string | null {
  const text = json(value)
  return text === null || objects === 'json' ? text : Buffer.from(text).toString('base64url')
}

/** Nesting as deep as a token can hold is deeper than JSON.stringify goes. */
function json(value: object): string | null {
  try {
    return JSON.stringify(value)
  } catch {
    return null
  }
}

/** Control characters and the percent sign itself, so that decoding gives back what the claim said. */
function percentEncoded(text: string): string {
  return text.replace(/[\x00-\x1f\x7f%]/g, encodeURIComponent)
}
