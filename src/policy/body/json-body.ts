import { jsonObject, member } from '../../base/strict-json.ts'
import { type BodyFields, notText, several } from './body-field.ts'

/** A JSON object with fields as members. A list counts as several values, as in Kong. */
export function jsonBody(bytes: Uint8Array): BodyFields | null {
  const object = jsonObject(bytes)
  if (object === null) return null
  return {
    find(name) {
      const value = member(object, name)
      if (value === undefined || typeof value === 'string') return value
      return typeof value === 'object' && value !== null ? several : notText
    },
    without(name) {
      if (!Object.hasOwn(object, name)) return null
      return Buffer.from(
        `{${membersOf(Buffer.from(bytes).toString('utf8'))
          .filter((text) => nameOf(text) !== name)
          .join(',')}}`,
      )
    },
  }
}

/**
 * The texts of an object's members, as they stand: writing the parsed object again would round large numbers. The text
 * is known to be good JSON, so only strings and nesting have to be followed.
 */
function membersOf(json: string): string[] {
  const members: string[] = []
  let depth = 0
  let start = 0
  for (let i = 0; i < json.length; i++) {
    const c = json[i]
    if (c === '"') i = endOfString(json, i)
    else if (c === '{' || c === '[') {
      if (depth++ === 0) start = i + 1
    } else if (c === '}' || c === ']') depth--
    if ((c === ',' && depth === 1) || (c === '}' && depth === 0)) {
      members.push(json.slice(start, i).trim())
      start = i + 1
    }
  }
  return members
}

/** @param quote where the string begins. @returns where its closing quote is. */
function endOfString(json: string, quote: number): number {
  let i = quote + 1
  while (json[i] !== '"') i += json[i] === '\\' ? 2 : 1
  return i
}

function nameOf(member: string): unknown {
  return JSON.parse(member.slice(0, endOfString(member, 0) + 1))
}
