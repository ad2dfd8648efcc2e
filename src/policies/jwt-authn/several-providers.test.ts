/**
 * Holds the handler to Envoy's rules as they are written down (requires_any, requires_all, allow_missing): the literal
 * reading below asks every provider in turn, on a request that each of them changes. No index, nothing remembered.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compilePolicy, FakeExchange, inWords, judge } from '../../policy/test-kit.ts'
import { jwtAuthn } from './handler.ts'
import { hmacSigner, keySet, token } from './testkit.ts'

const SIGNERS = ['k1', 'k2', 'k3'].map((seed) => hmacSigner(seed))
const ISSUERS = ['i1', 'i2', 'i3', 'i4']
const CLAIM_HEADERS = ['x-one', 'x-two']
const PLACES = [{ header: 'x-a' }, { header: 'x-b' }, { query: 'q' }, { cookie: 'c' }]

interface Provider {
  readonly name: string
  readonly issuer: string | null
  readonly audiences: readonly string[]
  readonly places: readonly number[]
  readonly signer: number
  readonly claimHeader: string | null
  readonly forwardToken: boolean
}
interface Sample {
  readonly text: string
  readonly issuer: string
  readonly signer: number
  readonly isExpired: boolean
  readonly audience: string | null
  readonly isMalformed: boolean
}

/** Numbers that are the same in every run (a linear congruence, its high bits). */
function numbers(seed: number) {
  let state = seed
  return (below: number) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

type Numbers = ReturnType<typeof numbers>
const oneIn = (n: number, next: Numbers) => next(n) === 0

function randomProvider(n: number, next: Numbers): Provider {
  return {
    name: `p${n}`,
    issuer: oneIn(4, next) ? null : ISSUERS[next(3)]!,
    audiences: oneIn(4, next) ? ['aud'] : [],
    places: PLACES.map((_, place) => place).filter(() => oneIn(2, next)),
    signer: next(SIGNERS.length),
    claimHeader: oneIn(2, next) ? CLAIM_HEADERS[next(2)]! : null,
    forwardToken: oneIn(3, next),
  }
}

let serial = 0
function randomToken(next: Numbers): Sample {
  const issuer = ISSUERS[next(ISSUERS.length)]!
  const signer = next(SIGNERS.length)
  const isExpired = oneIn(6, next)
  const audience = oneIn(3, next) ? 'aud' : null
  const isMalformed = oneIn(10, next)
  const claims = {
    iss: issuer,
    sub: `s${serial++}`,
    ...(isExpired ? { exp: 1 } : {}),
    ...(audience ? { aud: audience } : {}),
  }
  return {
    text: isMalformed ? `x${serial}` : token(SIGNERS[signer]!, claims),
    issuer,
    signer,
    isExpired,
    audience,
    isMalformed,
  }
}

/** The request as the providers change it: what stands at each place, and header lines for the service. */
interface Changing {
  readonly at: Map<number, Sample>
  lines: [header: string, value: string][]
  payload: string | null
}

function statusOf(provider: Provider, sample: Sample): string {
  if (sample.isMalformed) return 'token-malformed'
  if (provider.issuer !== null && provider.issuer !== sample.issuer) return 'issuer-unknown'
  if (sample.isExpired) return 'token-expired'
  if (provider.audiences.length > 0 && sample.audience === null) return 'audience-not-allowed'
  return provider.signer === sample.signer ? 'ok' : 'signature-invalid'
}

const subjectOf = ({ text }: Sample) =>
  JSON.parse(Buffer.from(text.split('.')[1]!, 'base64url').toString()).sub as string

function askProvider(provider: Provider, request: Changing): string {
  request.lines = request.lines.filter(([header]) => header !== provider.claimHeader)
  const places = provider.places.length === 0 ? [] : provider.places
  const tokens = places
    .filter((place) => request.at.has(place))
    .map((place) => [place, request.at.get(place)!] as const)
  if (tokens.length === 0) return 'token-missing'
  for (const [place, sample] of tokens.toReversed()) {
    const status = statusOf(provider, sample)
    if (status !== 'ok') return status
    if (provider.claimHeader !== null) request.lines.push([provider.claimHeader, subjectOf(sample)])
    if (!provider.forwardToken && !('cookie' in PLACES[place]!)) request.at.delete(place)
    request.payload = subjectOf(sample)
  }
  return 'ok'
}

function literal(
  providers: readonly Provider[],
  mode: { all: boolean; allowMissing: boolean },
  request: Changing,
): string {
  let final = 'token-missing'
  if (mode.all) {
    final = 'ok'
    for (const provider of providers) if ((final = askProvider(provider, request)) !== 'ok') break
  } else {
    for (const provider of providers) {
      const status = askProvider(provider, request)
      if (status === 'ok' || (status !== 'token-missing' && status !== 'issuer-unknown') || final === 'token-missing')
        final = status
      if (status === 'ok') break
    }
  }
  return final === 'token-missing' && mode.allowMissing ? 'passes' : final
}

function requestWith(at: ReadonlyMap<number, Sample>) {
  const headers: Record<string, string> = {}
  let query = ''
  for (const [n, { text }] of at) {
    const place = PLACES[n]!
    if ('header' in place) headers[place.header] = text
    else if ('query' in place) query = `${place.query}=${text}`
    else headers['cookie'] = `${place.cookie}=${text}`
  }
  return { headers, query }
}

/** What was asked and what came out of it, in words that both readings share. */
function outcome(config: object, at: ReadonlyMap<number, Sample>, compiled: ReturnType<typeof compilePolicy>) {
  const exchange = new FakeExchange(requestWith(at))
  const words = inWords(judge(compiled, exchange)).replace(/^40\d /, '')
  const status = words.startsWith('identified') ? 'ok' : words === 'abstain' ? 'passes' : words
  if (status !== 'ok') return { status }
  const data = exchange.shared.get('envoy.filters.http.jwt_authn') as { payload: { sub: string } }
  const text = exchange.upstream.blocks.map((block) => block.text).join('')
  const removed = PLACES.map((place) =>
    'header' in place
      ? exchange.upstream.droppedHeaders.includes(place.header)
      : 'query' in place && exchange.upstream.query !== null,
  )
  assert.ok(config)
  return { status, payload: data.payload.sub, lines: text, removed }
}

function expected(
  providers: readonly Provider[],
  mode: { all: boolean; allowMissing: boolean },
  at: ReadonlyMap<number, Sample>,
) {
  const request: Changing = { at: new Map(at), lines: [], payload: null }
  const status = literal(providers, mode, request)
  if (status !== 'ok') return { status }
  const removed = PLACES.map((_, place) => at.has(place) && !request.at.has(place))
  return { status, payload: request.payload, lines: request.lines.map(([h, v]) => `${h}: ${v}\r\n`).join(''), removed }
}

test('a thousand configurations, ten requests each: the same as asking every provider in turn', () => {
  const next = numbers(2026)
  const seen = new Map<string, number>()
  for (let n = 0; n < 1000; n++) {
    const mode = { all: oneIn(6, next), allowMissing: oneIn(3, next) }
    const providers = Array.from({ length: 1 + next(5) }, (_, m) => randomProvider(m, next)).filter(
      ({ places }) => places.length > 0,
    )
    if (providers.length === 0) continue
    const config = {
      validationMode: mode.allowMissing ? 'allow-missing' : 'strict',
      requireAll: mode.all,
      providers: providers.map(({ places, signer, claimHeader, ...rest }) => ({
        ...rest,
        from: places.map((place) => PLACES[place]!),
        claimsToHeaders: claimHeader === null ? [] : [{ claim: 'sub', header: claimHeader }],
        keys: { local: keySet(SIGNERS[signer]!) },
      })),
    }
    const compiled = compilePolicy(jwtAuthn, config)
    for (let m = 0; m < 10; m++) {
      const at = new Map(PLACES.flatMap((_, place) => (oneIn(3, next) ? [[place, randomToken(next)] as const] : [])))
      const want = expected(providers, mode, at)
      // twice: the second time good tokens are remembered
      for (const turn of ['new', 'seen before']) {
        const about = JSON.stringify({ mode, providers, tokens: [...at], turn }, null, 1)
        assert.deepEqual(outcome(config, at, compiled), want, about)
      }
      seen.set(want.status, (seen.get(want.status) ?? 0) + 1)
    }
  }
  const statuses =
    'ok passes token-missing token-malformed issuer-unknown token-expired audience-not-allowed signature-invalid'
  assert.deepEqual([...seen.keys()].sort(), statuses.split(' ').sort(), 'every outcome occurred')
  for (const [status, times] of seen) assert.ok(times > 100, `${status}: ${times}`)
})
