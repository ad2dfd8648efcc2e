import { boundedBytes } from '../base/bounded-bytes.ts'
import type { Body } from '../dialects/kong/admin/endpoint.ts'
import { badRequest } from '../dialects/kong/admin/problem.ts'
import { decodeForm, MAX_ARGUMENTS } from '../dialects/kong/schema/form.ts'

/** Bytes of a body that are read at most. */
export const BODY_LIMIT = 10 * 1024 * 1024

/** A body that is not read at all: 413 too large, 415 of a type that is not understood. */
export class UnreadableBody extends Error {
  readonly status: 413 | 415

  constructor(status: 413 | 415) {
    super(status === 413 ? 'Request Entity Too Large' : 'Unsupported Media Type')
    this.status = status
  }
}

const YAML = /^(?:application|text)\/(?:x-)?yaml\b/

const NONE: Body = { isForm: false, values: {} }

/**
 * Reads a JSON, form or multipart body.
 *
 * @param takesYaml whether YAML is understood too; it becomes the value `config`.
 * @throws UnreadableBody
 * @throws AdminProblem (400) when it is not what its type says
 */
export async function readBody(request: Request, takesYaml = false): Promise<Body> {
  const type = (request.headers.get('content-type') ?? '').toLowerCase()
  const known = ['application/json', 'multipart/form-data', 'application/x-www-form-urlencoded'].find((each) =>
    type.startsWith(each),
  )
  if (takesYaml && YAML.test(type)) {
    return { isForm: false, values: { config: new TextDecoder().decode(await readBytes(request)) } }
  }
  if (!known && type !== '') throw new UnreadableBody(415)
  const bytes = await readBytes(request)
  if (!known) {
    if (bytes.length > 0) throw new UnreadableBody(415)
    return NONE
  }
  if (known === 'application/json') return { isForm: false, values: readJson(bytes) }
  const entries =
    known === 'multipart/form-data'
      ? await readMultipart(bytes, request.headers.get('content-type')!)
      : [...new URLSearchParams(new TextDecoder().decode(bytes))]
  if (entries.length > MAX_ARGUMENTS) throw badRequest('Too many arguments')
  return { isForm: true, values: decodeForm(entries) }
}

async function readBytes(request: Request): Promise<Uint8Array<ArrayBuffer>> {
  if (Number(request.headers.get('content-length') ?? 0) > BODY_LIMIT) throw new UnreadableBody(413)
  return boundedBytes(request.body, BODY_LIMIT, () => new UnreadableBody(413))
}

function readJson(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw badRequest('Cannot parse JSON body')
  }
  if (value === null) throw badRequest('Cannot parse JSON body')
  if (typeof value !== 'object' || Array.isArray(value)) throw badRequest('The JSON body must be an object')
  return value as Record<string, unknown>
}

async function readMultipart(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<[string, string][]> {
  let parts: FormData
  try {
    parts = await new Response(bytes, { headers: { 'content-type': type } }).formData()
  } catch {
    throw badRequest('Cannot parse multipart body')
  }
  const entries: [string, string][] = []
  for (const [name, part] of parts) entries.push([name, typeof part === 'string' ? part : await part.text()])
  return entries
}
