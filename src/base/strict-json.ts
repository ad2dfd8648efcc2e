import { isUtf8 } from 'node:buffer'

/** Members by name. Made by JSON.parse, so look members up with `member`: a plain index also finds `constructor`. */
export type JsonObject = Readonly<Record<string, unknown>>

/**
 * Bytes from the network as a JSON object (RFC 8259): well-formed UTF-8, no byte order mark, an object at the top. Of
 * members with the same name the last wins.
 *
 * @returns null for everything else; never throws.
 */
export function jsonObject(bytes: Uint8Array): JsonObject | null {
  if (!isUtf8(bytes)) return null
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
    return isJsonObject(value) ? value : null
  } catch {
    return null
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The object's own member of that name, or undefined. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined
}

/** The value at a path of names, or undefined as soon as a step is missing or not an object. */
export function memberAt(object: JsonObject, path: readonly string[]): unknown {
  let value: unknown = object
  for (const name of path) {
    if (!isJsonObject(value)) return undefined
    value = member(value, name)
  }
  return value
}
