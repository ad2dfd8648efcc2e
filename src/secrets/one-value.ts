import { failed, found, type ReadOutcome } from './vault.ts'

/** One value out of a secret that was stored as text: the text itself, or the member of the JSON object that it is. */
export function valueInText(text: string, key: string | null): ReadOutcome {
  if (key === null) return found(text)
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return failed(`it is no JSON, so it has no member '${key}'`)
  }
  return valueInRecord(parsed, key)
}

/** One text out of a secret that holds several by name; all of them, as JSON, when none is named. */
export function valueInRecord(record: unknown, key: string | null): ReadOutcome {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) return failed('it holds no named values')
  if (key === null) return found(JSON.stringify(record))
  const value: unknown = Object.hasOwn(record, key) ? (record as Record<string, unknown>)[key] : undefined
  if (value === undefined) return failed(`it has no member '${key}'`)
  return typeof value === 'string' ? found(value) : failed(`its member '${key}' is no text`)
}
