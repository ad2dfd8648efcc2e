import type { Handler } from './raw-service.ts'

/** Sends the request's body back. */
export const echo: Handler = (request, connection) =>
  connection.send(`HTTP/1.1 200 OK\r\nContent-Length: ${request.body.length}\r\n\r\n${request.body.toString('latin1')}`)
