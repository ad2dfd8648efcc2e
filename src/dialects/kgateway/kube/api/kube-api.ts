/** An API server, as far as it is needed. All of it rejects with `ApiError`, or with what the connection failed of. */
export interface KubeApi {
  get(path: string, query: Query, signal: AbortSignal): Promise<unknown>
  /** @param body JSON. */
  send(method: 'POST' | 'PUT', path: string, body: object, signal: AbortSignal): Promise<unknown>
  /** A JSON merge patch: what is not named stays, lists are replaced whole. */
  patch(path: string, body: object, signal: AbortSignal): Promise<unknown>
  /**
   * Reads lines of JSON until the server ends them.
   *
   * @param onLine gets each as it comes; what it throws ends the reading and is thrown on.
   */
  stream(path: string, query: Query, onLine: (line: unknown) => void, signal: AbortSignal): Promise<void>
}

export type Query = Readonly<Record<string, string>>
