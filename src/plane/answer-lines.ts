import { encodedHeaderValue } from '../base/header-value.ts'
import type { ResponseChange } from './exchange.ts'
import type { ResponseHead } from './http1/message-head.ts'

/** The Date header line, made once a second. */
let dateLine = ''
let dateSecond = -1
export function dateHeader(now: number): string {
  const second = Math.floor(now / 1000)
  if (second !== dateSecond) {
    dateSecond = second
    dateLine = `Date: ${new Date(now).toUTCString()}\r\n`
  }
  return dateLine
}

/** Applies policies' changes to header pairs that the gateway made itself. */
export function changedPairs(
  pairs: readonly (readonly [string, string])[],
  changes: readonly ResponseChange[],
): (readonly [string, string])[] {
  let result = [...pairs]
  for (const { op, name, value } of changes) {
    if (op !== 'add') result = result.filter(([other]) => other.toLowerCase() !== name.toLowerCase())
    if (op !== 'drop') result.push([name, value])
  }
  return result
}

/** Header pairs as lines. Values may be text of any kind. */
export function pairLines(pairs: readonly (readonly [string, string])[]): string {
  let lines = ''
  for (const [name, value] of pairs) lines += `${name}: ${encodedHeaderValue(value)}\r\n`
  return lines
}

/** Lines that the gateway signs answers with, without those that a policy set or dropped. */
export function signedLines(lines: string, changes: readonly ResponseChange[] | null): string {
  if (changes === null) return lines
  const lower = lines.toLowerCase()
  const decided = new Set<string>()
  for (const { op, name } of changes) {
    const wanted = name.toLowerCase()
    if (op !== 'add' && (lower.startsWith(`${wanted}:`) || lower.includes(`\n${wanted}:`))) decided.add(wanted)
  }
  if (decided.size === 0) return lines
  return lines.replace(/^([^:\r\n]+):[^\r\n]*\r\n/gm, (line, name: string) =>
    decided.has(name.toLowerCase()) ? '' : line,
  )
}

/** Applies policies' changes to a service's head: removes there, and returns the lines to add. */
export function changedHead(head: ResponseHead, changes: readonly ResponseChange[]): string {
  const added: (readonly [string, string])[] = []
  for (const { op, name, value } of changes) {
    if (op !== 'add') {
      head.remove(name.toLowerCase())
      for (let i = added.length - 1; i >= 0; i--)
        if (added[i]![0].toLowerCase() === name.toLowerCase()) added.splice(i, 1)
    }
    if (op !== 'drop') added.push([name, value])
  }
  let lines = ''
  for (const [name, value] of added) lines += `${name}: ${value}\r\n`
  return lines
}
