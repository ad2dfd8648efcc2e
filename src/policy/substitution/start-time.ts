import type { ReadOperator } from './operators.ts'

const two = (number: number) => String(number).padStart(2, '0')

/** What may stand in a time's format, in UTC. */
const FIELDS: Readonly<Record<string, (date: Date) => string>> = {
  Y: (date) => String(date.getUTCFullYear()),
  m: (date) => two(date.getUTCMonth() + 1),
  d: (date) => two(date.getUTCDate()),
  H: (date) => two(date.getUTCHours()),
  M: (date) => two(date.getUTCMinutes()),
  S: (date) => two(date.getUTCSeconds()),
  F: (date) => date.toISOString().slice(0, 10),
  T: (date) => date.toISOString().slice(11, 19),
  s: (date) => String(Math.floor(date.getTime() / 1000)),
  z: () => '+0000',
  Z: () => 'UTC',
  f: (date) => String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(9, '0'),
  '%': () => '%',
}

/** When the request came, as ISO 8601 with milliseconds or in a format of one's own; a text says what is wrong with it. */
export function startTime(format: string): ReadOperator | string {
  if (format === '') return ({ now }) => new Date(now).toISOString()
  const pieces = [...format.matchAll(/%([1-9]?)(.)|[^%]+|%$/g)]
  for (const [piece, , field] of pieces) {
    if (piece.startsWith('%') && (field === undefined || !Object.hasOwn(FIELDS, field))) {
      return `'${piece}' is not known in a time: one of ${Object.keys(FIELDS).map((name) => `%${name}`)}`
    }
  }
  return ({ now }) => {
    const date = new Date(now)
    let text = ''
    for (const [piece, digits, field] of pieces) {
      if (field === undefined) text += piece
      else if (digits === '') text += FIELDS[field]!(date)
      else text += FIELDS[field]!(date).slice(0, Number(digits))
    }
    return text
  }
}
