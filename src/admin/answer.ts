import type { AdminAnswer, Endpoint } from '../dialects/kong/admin/endpoint.ts'
import { AdminProblem } from '../dialects/kong/admin/problem.ts'
import { StoreUnavailable } from '../store/port.ts'
import { UnreadableBody } from './request-body.ts'

/** What every answer carries beside its body, as headers. */
export type CommonHeaders = Readonly<Record<string, string>>

export function answerResponse({ status, body, text }: AdminAnswer, common: CommonHeaders): Response {
  if (text !== undefined) return textResponse(status, 'text/plain; charset=UTF-8', text, common)
  if (body === null) return new Response(null, { status, headers: common })
  return textResponse(status, 'application/json; charset=utf-8', JSON.stringify(body), common)
}

/** What was thrown, as an answer. Null when it is nothing the caller should be told about. */
export function problemResponse(error: unknown, common: CommonHeaders): Response | null {
  if (error instanceof AdminProblem) return answerResponse(error, common)
  if (error instanceof StoreUnavailable) {
    return answerResponse({ status: 503, body: { message: `the store is unavailable: ${error.message}` } }, common)
  }
  if (error instanceof UnreadableBody) {
    return textResponse(error.status, 'text/html', errorPage(error.status, error.message), common)
  }
  return null
}

export function unexpectedResponse(common: CommonHeaders): Response {
  return answerResponse({ status: 500, body: { message: 'An unexpected error occurred' } }, common)
}

/** The answer to OPTIONS: what the path is good for. */
export function optionsResponse(endpoint: Endpoint, request: Request, common: CommonHeaders): Response {
  const methods = [...Object.keys(endpoint.methods), 'OPTIONS', ...('GET' in endpoint.methods ? ['HEAD'] : [])]
  const allow = methods.sort().join(', ')
  const headers = {
    ...common,
    Allow: allow,
    'Access-Control-Allow-Methods': allow,
    'Access-Control-Allow-Headers': request.headers.get('access-control-request-headers') ?? 'Content-Type',
  }
  return new Response(null, { status: 204, headers })
}

function textResponse(status: number, type: string, text: string, common: CommonHeaders): Response {
  const bytes = new TextEncoder().encode(text)
  const headers = { ...common, 'Content-Type': type, 'Content-Length': String(bytes.length) }
  return new Response(bytes, { status, headers })
}

/** Refusals that Kong leaves to its web server look like this. */
function errorPage(status: number, phrase: string): string {
  const title = `${status} ${phrase}`
  return [
    '<html>',
    `<head><title>${title}</title></head>`,
    '<body>',
    `<center><h1>${title}</h1></center>`,
    '</body>',
    '</html>',
    '',
  ].join('\r\n')
}
