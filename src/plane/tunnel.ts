import type { Socket } from 'node:net'

/**
 * Joins two sockets after a protocol switch: bytes flow both ways with back-pressure, each side's end is passed on, and
 * a broken side breaks the other.
 * @param over is called once, with the bytes that went to the client.
 */
export function tunnel(
  client: Socket,
  fromClient: Buffer,
  service: Socket,
  fromService: Buffer,
  over: (bytesToClient: number) => void,
): void {
  let left = 2
  const closed = () => {
    client.destroy()
    service.destroy()
    if (--left === 0) over(client.bytesWritten)
  }
  for (const socket of [client, service]) {
    socket.on('error', () => socket.destroy())
    socket.on('close', closed)
  }
  if (fromClient.length > 0) service.write(fromClient)
  if (fromService.length > 0) client.write(fromService)
  client.pipe(service)
  service.pipe(client)
  client.resume()
  service.resume()
}
