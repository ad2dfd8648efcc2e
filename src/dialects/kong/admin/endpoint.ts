import type { Values } from '../entities/kind.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** What was sent. Form values are text still: their types come from the schema of what is written. */
export interface Body {
  readonly isForm: boolean
  readonly values: Readonly<Values>
}

export interface AdminRequest {
  /** Path segments by the name of their parameter, percent-decoded once. */
  readonly params: Readonly<Record<string, string>>
  readonly query: URLSearchParams
  readonly body: Body
}

export interface AdminAnswer {
  readonly status: number
  /** Sent as JSON; null for an empty body. */
  readonly body: Readonly<Record<string, unknown>> | null
  /** Plain text, in place of a body. */
  readonly text?: string
}

/** @throws AdminProblem for every answer that is not a success */
export type Handler = (request: AdminRequest) => Promise<AdminAnswer>

/** A path of the Admin API: `/services/:services`, and what each method does there. */
export interface Endpoint {
  readonly path: string
  readonly methods: Readonly<Partial<Record<Method, Handler>>>
  /** Whether bodies may be YAML, which is then the value `config`. */
  readonly takesYaml?: true
  /** For documents: which entities it takes and gives, one or a page of many. */
  readonly about?: { readonly kind: string; readonly many: boolean }
  /** For documents: arguments of the query that it knows. */
  readonly query?: readonly string[]
}

export const ok = (body: Readonly<Record<string, unknown>>): AdminAnswer => ({ status: 200, body })
export const created = (body: Readonly<Record<string, unknown>>): AdminAnswer => ({ status: 201, body })
export const noContent: AdminAnswer = { status: 204, body: null }
