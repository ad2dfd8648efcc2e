import { z } from 'zod'
import type { Exchange } from '../exchange.ts'
import { list, record } from '../fields.ts'
import { definePolicy, type PolicyLog } from '../policy.ts'
import { answered, next, type Verdict } from '../verdict.ts'
import { compileFunction, functionProblem, type TextFunction } from './compile-function.ts'
import { kongObject } from './kong-object.ts'

/** Phases that a gateway of this make does not have, and what to do instead. */
const ABSENT: Readonly<Record<string, string>> = {
  certificate: 'there are no functions during the TLS handshake here: judge requests in access',
  body_filter: 'bodies stream through here and are shown to no function: change what you can in header_filter',
  ws_handshake: 'there are no functions for frames of WebSocket here: judge the handshake in access',
  ws_client_frame: 'frames of WebSocket are shown to no function here',
  ws_upstream_frame: 'frames of WebSocket are shown to no function here',
  ws_close: 'frames of WebSocket are shown to no function here',
}

const texts = (what: string) => list(z.string()).default([]).describe(what)

const config = record({
  certificate: texts('Has to be empty: there is no such phase here.'),
  rewrite: texts('JavaScript that runs before `access`, when the route is known already.'),
  access: texts('JavaScript that runs before the request goes to the service.'),
  header_filter: texts('JavaScript that runs before the head of the answer is sent.'),
  body_filter: texts('Has to be empty: bodies are shown to no function.'),
  log: texts('JavaScript that runs when the exchange is over.'),
  ws_handshake: texts('Has to be empty: there is no such phase here.'),
  ws_client_frame: texts('Has to be empty: there is no such phase here.'),
  ws_upstream_frame: texts('Has to be empty: there is no such phase here.'),
  ws_close: texts('Has to be empty: there is no such phase here.'),
})
type Config = z.infer<typeof config>

function check(given: Config): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const [phase, sources] of Object.entries(given)) {
    if (sources.length > 0 && Object.hasOwn(ABSENT, phase)) problems[phase] = ABSENT[phase]!
    else {
      sources.forEach((text, index) => {
        const problem = functionProblem(text)
        if (problem !== null) problems[phase] ??= sources.length > 1 ? `function ${index + 1}: ${problem}` : problem
      })
    }
  }
  return problems
}

/** A policy that runs functions of its config; two of them differ by where they run only. */
export function functionPolicy(name: string, summary: string) {
  return definePolicy({
    name,
    phase: 'shape',
    summary,
    config,
    check,
    reasons: {},
    functionFields: (given) => Object.keys(given).filter((phase) => given[phase as keyof Config].length > 0),
    compile(given, { log }) {
      const problems = Object.values(check(given))
      if (problems.length > 0) throw new Error(problems[0])
      const compiled = (sources: readonly string[]) => sources.map((text) => compileFunction(text))
      const access = [...compiled(given.rewrite), ...compiled(given.access)]
      const [headerFilter, logging] = [compiled(given.header_filter), compiled(given.log)]
      return {
        ...(access.length > 0 && { request: (exchange: Exchange) => judgedBy(access, exchange, log) }),
        ...(headerFilter.length > 0 && {
          response(exchange, response) {
            const { kong } = kongObject(exchange, response, log)
            for (const run of headerFilter) atOnce(run(kong))
          },
        }),
        ...(logging.length > 0 && {
          record(exchange, response) {
            const { kong } = kongObject(exchange, response, log)
            for (const run of logging) lookOn(run, kong, exchange, log)
          },
        }),
      }
    },
  })
}

/** One function after the other, until one has answered; it stays synchronous until one truly waits. */
function judgedBy(functions: readonly TextFunction[], exchange: Exchange, log: PolicyLog): Verdict | Promise<Verdict> {
  const given = kongObject(exchange, null, log)
  const from = (first: number): Verdict | Promise<Verdict> => {
    for (let i = first; i < functions.length && given.exited === null; i++) {
      const result = functions[i]!(given.kong)
      if (isThenable(result)) return Promise.resolve(result).then(() => from(i + 1))
    }
    return given.exited === null ? next : answered(given.exited)
  }
  return from(0)
}

/** The head is sent as soon as this returns: what comes later would be lost without a word. */
function atOnce(result: unknown): void {
  if (!isThenable(result)) return
  result.then(undefined, () => {})
  throw new Error('a function of header_filter must not wait')
}

function lookOn(run: TextFunction, kong: object, exchange: Exchange, log: PolicyLog): void {
  const tell = (error: unknown) => log.error({ request: exchange.id, error: String(error) }, 'a function of log broke')
  try {
    const result = run(kong)
    if (isThenable(result)) result.then(undefined, tell)
  } catch (error) {
    tell(error)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}
