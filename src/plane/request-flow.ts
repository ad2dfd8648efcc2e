/**
 * The one road of a request: match → (collect body) → chain → service or refusal → response steps → record.
 *
 * Synchronous from end to end unless something truly waits. Whatever throws on the way ends as a refusal, never as a
 * request that got through.
 */
import { normalPath } from '../base/normal-path.ts'
import type { Reason } from '../policy/reason.ts'
import type { Answer } from '../policy/verdict.ts'
import type { Refusal } from '../policy/wire.ts'
import { continued } from '../snapshot/chain/continued-chain.ts'
import type { Lease } from '../snapshot/leases.ts'
import type { Chain, CompiledRoute } from '../snapshot/route.ts'
import { changedHead, changedPairs, dateHeader, pairLines, signedLines } from './answer-lines.ts'
import type { Balancer } from './balance/balancer.ts'
import { BodyCollector } from './body-collector.ts'
import type { AnswerFraming, ClientEvents, ClientSide } from './client-side.ts'
import { HttpExchange, ResponseSeen } from './exchange.ts'
import { ExchangeOutcome } from './exchange-outcome.ts'
import { Forward, type ForwardEvents } from './forward.ts'
import { type AcceptedResponse, acceptableTrailers, splitTarget } from './http1/acceptable.ts'
import type { Borrowed, ByteSocket } from './http1/byte-socket.ts'
import { role } from './http1/header-roles.ts'
import type { ResponseHead } from './http1/message-head.ts'
import { type Judgement, runRecord, runRequest, runResponse } from './pipeline.ts'
import { protocolRefusal } from './protocol-check.ts'
import { reasons } from './reasons.ts'
import type { ServedSource, Site } from './site.ts'
import { tunnel } from './tunnel.ts'

/** Status of a request whose client went away before its answer began; for the log only (as nginx has it). */
const CLIENT_GONE = 499

/** Takes one request of a client along the road. */
export function serveRequest(site: Site, client: ClientSide): void {
  const target = splitTarget(client.head.target)
  const path = target === null ? null : target.path === '*' ? '*' : normalPath(target.path)
  if (target === null || path === null) {
    refuseUnread(site, client, { policy: null, reason: reasons.malformed, detail: {} })
    return
  }
  const exchange = new HttpExchange(client.head, client.facts, target, path, site.clock.now(), performance.now())
  new RequestFlow(site, client, exchange).start()
}

/** Refuses what could not be read as a request. */
export function refuseUnread(site: Site, client: ClientSide, refusal: Refusal): void {
  client.endAfterAnswer()
  const now = site.clock.now()
  const exchange = new HttpExchange(client.head, client.facts, NO_TARGET, '', now, performance.now())
  new RequestFlow(site, client, exchange).refuseUnread(refusal)
}

const NOTHING = Buffer.alloc(0)
const NO_TARGET = { path: '', query: '', hasQuery: false }

class RequestFlow implements ClientEvents, ForwardEvents {
  readonly #site: Site
  readonly #client: ClientSide
  readonly #exchange: HttpExchange
  #source: ServedSource
  #chain: Chain | null = null
  #lease: Lease | null = null
  #forward: Forward | null = null
  #collected: readonly Buffer[] = []
  #hasCollected = false
  #response: ResponseSeen | null = null
  #forwardedAt = 0
  #upstreamMs: number | null = null
  #bytesOut = 0
  #answerLines = ''
  #answerLength: number | null = null
  #answeredAt = 0
  #over = false
  #wasUpgrade = false

  constructor(site: Site, client: ClientSide, exchange: HttpExchange) {
    this.#site = site
    this.#client = client
    this.#exchange = exchange
    this.#source = site.sources[0]!
  }

  // --- towards the service -------------------------------------------------------------------------------------------

  start(): void {
    this.#client.listen(this)
    try {
      this.#match()
    } catch (error) {
      this.#broke(error)
    }
  }

  #match(): void {
    const exchange = this.#exchange
    for (const source of this.#site.sources) {
      const match = source.snapshot.match(exchange)
      if (match === null) continue
      this.#source = source
      exchange.match = match
      exchange.route = match.route
      break
    }
    const route = exchange.route
    this.#lease = this.#source.snapshot.lease()
    if (route === null) {
      this.#chain = this.#source.snapshot.globalChain()
      return this.#refuse(null, reasons.noRoute)
    }
    this.#take(route, route.chain(), 0)
  }

  /** Runs a route's chain from slot `from` on, with as much body as it asks for. */
  #take(route: CompiledRoute, chain: Chain, from: number): void {
    const exchange = this.#exchange
    this.#chain = chain
    const refusal = protocolRefusal(route.spec, exchange)
    if (refusal !== null) return this.#refuse(null, refusal.reason, refusal.detail)
    if (chain.bodyBytes === 0 || this.#hasCollected) return this.#judge(from)
    this.#hasCollected = true
    if (!this.#client.hasBody) {
      exchange.collectedBody = NOTHING
      return this.#judge(from)
    }
    new BodyCollector(this.#client, chain.bodyBytes, (whole, pieces) => {
      this.#collected = pieces
      exchange.collectedPieces = pieces
      exchange.collectedBody = whole
      this.#judge(from)
    })
  }

  /** Goes on with the chain, or with that of another route when headers that a policy set lead there. */
  #matchAgain(next: number): void {
    const exchange = this.#exchange
    const names = exchange.matchAgainBy!
    exchange.matchAgainBy = null
    const { snapshot } = this.#source
    if (!names.some((name) => snapshot.matchesBy(name))) return this.#judge(next)
    const match = snapshot.match(exchange)
    if (match === null) return this.#refuse(null, reasons.noRoute)
    if (match.route.id === exchange.route!.id) return this.#judge(next)
    exchange.match = match
    exchange.route = match.route
    this.#take(match.route, continued(this.#chain!, next, match.route.chain()), next)
  }

  #judge(from: number): void {
    if (this.#over) return
    let outcome: Judgement | Promise<Judgement>
    try {
      outcome = runRequest(this.#chain!, this.#exchange, this.#source.snapshot.directory, from)
    } catch (error) {
      return this.#broke(error)
    }
    if (!(outcome instanceof Promise)) return this.#decided(outcome)
    outcome.then(
      (late) => this.#decided(late),
      (error: unknown) => this.#broke(error),
    )
  }

  #decided(outcome: Judgement): void {
    if (this.#over) return
    try {
      if (outcome === null) this.#forwardRequest()
      else if (outcome.kind === 'answered') this.#answer(outcome.answer)
      else if (outcome.kind === 'match-again') this.#matchAgain(outcome.next)
      else this.#sendRefusal(outcome.refusal)
    } catch (error) {
      this.#broke(error)
    }
  }

  #forwardRequest(): void {
    if (this.#exchange.route!.service === null) return this.#refuse(null, reasons.noService)
    const asked = this.#client.upgrade
    const upgrade = asked !== null && this.#site.upgrades.has(asked) && this.#exchange.method === 'GET' ? asked : null
    this.#wasUpgrade = upgrade !== null
    this.#forwardedAt = performance.now()
    const service = this.#exchange.route!.service.spec
    const balancer = this.#site.upstreams.balancerFor(service, this.#source.snapshot)
    const resolving = balancer === null ? null : balancer.resolving
    if (resolving === null) return this.#startForward(upgrade, balancer)
    // the names of an upstream that is new are being asked for
    void resolving.then(() => {
      if (this.#over) return
      try {
        this.#startForward(upgrade, balancer)
      } catch (error) {
        this.#broke(error)
      }
    })
  }

  #startForward(upgrade: string | null, balancer: Balancer | null): void {
    this.#forward = new Forward(
      this.#site,
      this.#source,
      this.#exchange,
      this.#client,
      this,
      upgrade,
      this.#collected,
      balancer,
    )
    this.#forward.start()
  }

  // --- answers of our own --------------------------------------------------------------------------------------------

  #refuse(policy: string | null, reason: Reason, detail: Refusal['detail'] = {}): void {
    this.#sendRefusal({ policy, reason, detail })
  }

  refuseUnread(refusal: Refusal): void {
    this.#chain = null
    this.#exchange.reasonCode = refusal.reason.code
    this.#answer(this.#source.wire.refuse(refusal, UNREAD(this.#exchange.id)))
  }

  #sendRefusal(refusal: Refusal): void {
    const exchange = this.#exchange
    exchange.refusedBy = refusal.policy
    exchange.reasonCode = refusal.reason.code
    exchange.refusalNote = refusal.detail.log ?? null
    const head = exchange.head
    this.#answer(
      this.#source.wire.refuse(refusal, {
        id: exchange.id,
        method: exchange.method,
        accept: head.header('accept'),
        contentType: head.header('content-type'),
        hostname: exchange.hostname,
        target: exchange.rawPath + (exchange.hasQuery ? `?${exchange.query}` : ''),
      }),
    )
  }

  #broke(error: unknown): void {
    if (this.#over) return
    this.#site.broke(error, this.#exchange)
    this.#exchange.reasonCode = reasons.broken.code
    if (this.#response !== null) {
      this.#client.abort()
      this.#finish(false)
      return
    }
    this.#chain = null
    this.#exchange.responseChanges = null
    this.#sendRefusal({ policy: null, reason: reasons.broken, detail: {} })
  }

  #answer(answer: Answer): void {
    // an interim status would leave the client waiting for the answer proper
    if (answer.status < 200 || answer.status > 599) throw new TypeError(`not a final status: ${answer.status}`)
    const exchange = this.#exchange
    const wire = this.#source.wire
    const body = typeof answer.body === 'string' ? Buffer.from(answer.body, 'utf8') : Buffer.from(answer.body)
    const response = new ResponseSeen(answer.status, true, (name) => {
      return answer.headers.find(([other]) => other.toLowerCase() === name)?.[1]
    })
    if (this.#chain !== null) runResponse(this.#chain, exchange, response)
    this.#response = response
    const changes = exchange.responseChanges
    this.#answeredAt = performance.now()
    const gatewayMs = Math.round(this.#answeredAt - exchange.startedAt)
    const lines =
      dateHeader(exchange.now) +
      pairLines(changes === null ? answer.headers : changedPairs(answer.headers, changes)) +
      signedLines(wire.signOwn({ id: exchange.id, gatewayMs }), changes)
    const bodiless = exchange.method === 'HEAD' || answer.status === 204 || answer.status === 304
    const framing: AnswerFraming = bodiless
      ? { kind: 'none', length: exchange.method === 'HEAD' ? body.length : null }
      : { kind: 'length', length: body.length }
    this.#answerLines = lines
    this.#answerLength = framing.length
    this.#client.sendHead({ status: answer.status, reason: '', lines, framing })
    if (!bodiless) {
      this.#bytesOut = body.length
      this.#client.sendData(body)
    }
    this.#end('')
  }

  // --- the service's answer ------------------------------------------------------------------------------------------

  serviceInterim(head: ResponseHead): void {
    // 100 is between the service and us: the client was invited by ourselves
    if (head.status === 100 || !this.#client.takesInterim) return
    this.#client.sendInterim(head.status, head.reason, head.ordinaryLines())
  }

  serviceHead(head: ResponseHead, accepted: AcceptedResponse): void {
    const exchange = this.#exchange
    try {
      this.#upstreamMs = performance.now() - this.#forwardedAt
      const response = new ResponseSeen(head.status, false, (name) => head.header(name))
      runResponse(this.#chain!, exchange, response)
      this.#response = response
      const framing =
        exchange.forwardedMethod === null ? answerFraming(head, accepted) : ownFraming(exchange, head, accepted)
      const lines = this.#serviceLines(head)
      this.#answerLines = lines
      this.#answerLength = framing.kind === 'stream' ? null : framing.length
      this.#client.sendHead({ status: head.status, reason: head.reason, lines, framing })
    } catch (error) {
      this.#forward?.cancel()
      this.#broke(error)
    }
  }

  #serviceLines(head: ResponseHead): string {
    const exchange = this.#exchange
    const wire = this.#source.wire
    const changes = exchange.responseChanges
    const changed = changes === null ? '' : changedHead(head, changes)
    let lines = head.ordinaryLines() + changed
    lines += head.has(role.date) ? `Date: ${head.joinedRole(role.date)}\r\n` : dateHeader(exchange.now)
    const server = head.firstWithRole(role.server)
    if (head.has(role.trailer)) lines += `Trailer: ${head.joinedRole(role.trailer)}\r\n`
    const signed = wire.signRelayed({
      id: exchange.id,
      minor: head.minor,
      via: head.joinedRole(role.via) ?? null,
      server: server < 0 ? null : head.valueAt(server),
      upstreamMs: Math.round(this.#upstreamMs!),
      gatewayMs: Math.round(this.#forwardedAt - exchange.startedAt),
    })
    return lines + signedLines(signed, changes)
  }

  serviceData(chunk: Borrowed): boolean {
    this.#bytesOut += chunk.length
    return this.#client.sendData(chunk)
  }

  serviceFlush(): void {
    if (this.#response !== null) this.#client.flush()
  }

  serviceEnd(trailers: string): void {
    this.#end(acceptableTrailers(trailers, this.#site.responseRoles))
  }

  serviceSwitched(head: ResponseHead, service: ByteSocket, rest: Buffer): void {
    const detached = this.#wasUpgrade ? this.#client.detach() : null
    if (detached === null) {
      service.socket.destroy()
      this.#client.abort()
      return this.#finish(false)
    }
    this.#upstreamMs = performance.now() - this.#forwardedAt
    this.#response = new ResponseSeen(head.status, false, (name) => head.header(name))
    const protocol = head.joinedRole(role.upgrade) ?? this.#client.upgrade
    this.#answerLines = `Connection: upgrade\r\nUpgrade: ${protocol}\r\n${this.#serviceLines(head)}`
    const lines = `HTTP/1.1 101 ${head.reason || 'Switching Protocols'}\r\n${this.#answerLines}\r\n`
    detached.bytes.socket.write(lines, 'latin1')
    tunnel(detached.bytes, detached.rest, service, rest, (bytes) => {
      this.#bytesOut = bytes
      this.#finish(true)
    })
  }

  serviceFailed(reason: Reason, note: string): void {
    if (this.#over) return
    try {
      this.#refuse(null, reason, { log: note })
    } catch (error) {
      this.#broke(error)
    }
  }

  bodyRefused(refusal: Refusal): void {
    if (this.#over) return
    try {
      this.#sendRefusal(refusal)
    } catch (error) {
      this.#broke(error)
    }
  }

  serviceBrokeOff(): void {
    this.#client.abort()
    this.#finish(false)
  }

  // --- the client ----------------------------------------------------------------------------------------------------

  clientDrain(): void {
    this.#forward?.resumeAnswer()
  }

  clientFailed(reason: Reason): void {
    this.#forward?.cancel()
    this.serviceFailed(reason, 'the request did not come to its end')
  }

  clientGone(): void {
    this.#forward?.cancel()
    this.#finish(false)
  }

  /** Recorded first: once the answer is whole, the client's next request takes the place of this one's head. */
  #end(trailers: string): void {
    this.#finish(true)
    this.#client.sendEnd(trailers)
  }

  #finish(complete: boolean): void {
    if (this.#over) return
    this.#over = true
    const exchange = this.#exchange
    const response = this.#response ?? new ResponseSeen(CLIENT_GONE, true, () => undefined)
    const totalMs = performance.now() - exchange.startedAt
    const left = this.#forwardedAt || this.#answeredAt
    const outcome = new ExchangeOutcome(
      exchange,
      this.#source,
      this.#forward,
      {
        status: response.status,
        lines: this.#answerLines,
        length: this.#answerLength,
        bytes: this.#bytesOut,
        complete,
      },
      { totalMs, gatewayMs: left === 0 ? totalMs : left - exchange.startedAt, upstreamMs: this.#upstreamMs },
    )
    try {
      if (this.#chain !== null) runRecord(this.#chain, exchange, response, outcome)
    } catch (error) {
      this.#site.broke(error, exchange)
    }
    this.#lease?.end()
    this.#site.record(exchange, response, outcome)
  }
}

/** An answer to a method that a policy chose, framed as one to the client's own: with HEAD the two differ. */
function ownFraming(exchange: HttpExchange, head: ResponseHead, accepted: AcceptedResponse): AnswerFraming {
  if (exchange.method === 'HEAD') return { kind: 'none', length: null }
  const framing = answerFraming(head, accepted)
  const bodiless = head.status === 204 || head.status === 304
  return framing.kind === 'none' && !bodiless ? { kind: 'length', length: 0 } : framing
}

function answerFraming(head: ResponseHead, accepted: AcceptedResponse): AnswerFraming {
  switch (accepted.framing.kind) {
    case 'length':
      return accepted.framing
    case 'chunked':
    case 'close':
      return { kind: 'stream' }
    case 'none': {
      const announced = head.firstWithRole(role.contentLength)
      const length = announced < 0 ? null : Number(head.valueAt(announced))
      return { kind: 'none', length: head.status === 204 || head.status < 200 ? null : length }
    }
  }
}

const UNREAD = (id: string) => ({
  id,
  method: null,
  accept: undefined,
  contentType: undefined,
  hostname: '',
  target: '',
})
