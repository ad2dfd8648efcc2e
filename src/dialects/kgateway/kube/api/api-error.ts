/** An API server said no. */
export class ApiError extends Error {
  /** The status of HTTP, or what an event of a watch said in its place. */
  readonly status: number
  /** One word: `NotFound`, `Conflict`, `Expired`. */
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

/** Makes an error out of a `Status` object, or of whatever came in its place. */
export function apiError(status: number, body: unknown): ApiError {
  const { reason, message, code } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>
  return new ApiError(
    typeof code === 'number' ? code : status,
    typeof reason === 'string' ? reason : '',
    typeof message === 'string' ? message : `the API server answered with status ${status}`,
  )
}

export const hasStatus = (error: unknown, ...statuses: number[]): boolean =>
  error instanceof ApiError && statuses.includes(error.status)
