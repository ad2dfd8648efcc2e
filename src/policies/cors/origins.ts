import { BoundedMap } from '../../base/bounded-map.ts'
import { wholeTextMatcher } from '../../base/expression.ts'

/** An origin as it is compared: the default port of its scheme is left out. */
interface Origin {
  readonly whole: string
  readonly host: string
}

/** Anything but letters, digits and `. : / -` makes an entry an expression. */
export function isExpression(entry: string): boolean {
  return /[^A-Za-z0-9.:/-]/.test(entry)
}

const WITH_HOST = /^(?:([A-Za-z0-9][A-Za-z0-9+.-]*):)?\/\/(?:[^/@]*@)?(\[[^\]/]*\]|[^/:?#]*)(?::([^/?#]*))?/

function readOrigin(text: string): Origin {
  const [, scheme, host, port] = WITH_HOST.exec(text) ?? []
  if (host === undefined || host === '') return { whole: text, host: text }
  const isDefault = (scheme === 'http' && port === '80') || (scheme === 'https' && port === '443')
  const tail = port === undefined || port === '' || isDefault ? '' : `:${port}`
  return { whole: `${scheme === undefined ? '' : `${scheme}://`}${host}${tail}`, host }
}

/** Entries without a colon speak of the host only, whatever scheme and port. */
function entryMatcher(entry: string): (origin: Origin) => boolean {
  const subject = entry.includes(':') ? 'whole' : 'host'
  if (isExpression(entry)) {
    const matches = wholeTextMatcher(entry)
    return (origin) => matches(origin[subject])
  }
  const wanted = readOrigin(entry)[subject]
  return (origin) => origin[subject] === wanted
}

/** Origins are few, and browsers repeat theirs: what was found out about one is kept. */
const REMEMBERED = 1000

/**
 * What `Access-Control-Allow-Origin` says to an origin that is one of several: the origin, `*`, or null for nothing.
 * The first entry that matches decides.
 */
export function originJudge(entries: readonly string[]): (origin: string) => string | null {
  const rules = entries.map((entry) => ({ all: entry === '*', matches: entry === '*' ? null : entryMatcher(entry) }))
  const known = new BoundedMap<string | null>(REMEMBERED)
  function look(sent: string): string | null {
    const origin = readOrigin(sent)
    for (const { all, matches } of rules) {
      if (all) return '*'
      if (matches!(origin)) return origin.whole
    }
    return null
  }
  return (origin) => {
    let answer = known.get(origin)
    if (answer === undefined) known.set(origin, (answer = look(origin)))
    return answer
  }
}
