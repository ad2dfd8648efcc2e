import { isExpression, originJudge } from './origins.ts'
import type { Config } from './schema.ts'

/** What the response says about one request's origin. */
export interface AllowedOrigin {
  /** The value of Access-Control-Allow-Origin; null for none. */
  readonly origin: string | null
  readonly credentials: boolean
  /** True when another origin might be told something else, which caches have to know. */
  readonly varies: boolean
}

/** Decides, once per config, how much of a request has to be looked at. `sent` is its Origin header. */
export function allowedOrigin({
  origins,
  credentials,
}: Pick<Config, 'origins' | 'credentials'>): (sent: string | undefined) => AllowedOrigin {
  const entries = origins ?? []
  const [first] = entries
  if (first === undefined || (entries.length === 1 && first === '*')) return everyOrigin(credentials)
  if (entries.length === 1 && !isExpression(first)) {
    const fixed = { origin: first, credentials, varies: true }
    return () => fixed
  }
  const judge = originJudge(entries)
  return (sent) => {
    const origin = sent === undefined ? null : judge(sent)
    // `*` and credentials exclude each other (Fetch standard, "CORS check"): the origin is told instead.
    return { origin: origin === '*' && credentials ? sent! : origin, credentials, varies: true }
  }
}

function everyOrigin(credentials: boolean): (sent: string | undefined) => AllowedOrigin {
  const all = { origin: '*', credentials: false, varies: false }
  return (sent) => (credentials && sent !== undefined ? { origin: sent, credentials: true, varies: true } : all)
}
