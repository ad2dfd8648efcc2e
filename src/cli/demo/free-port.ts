import { createServer } from 'node:net'

/** The port if nobody listens on it, else 0, which stands for any free one. */
export function freePort(port: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(0))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(port)))
  })
}
