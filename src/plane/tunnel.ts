import { type ByteSocket, kept } from './http1/byte-socket.ts'

/**
 * Joins two sockets after a protocol switch: bytes flow both ways with back-pressure, each side's end is passed on, and
 * a broken side breaks the other.
 * @param over is called once, with the bytes that went to the client.
 */
export function tunnel(
  client: ByteSocket,
  fromClient: Buffer,
  service: ByteSocket,
  fromService: Buffer,
  over: (bytesToClient: number) => void,
): void {
  let left = 2
  const closed = () => {
    client.socket.destroy()
    service.socket.destroy()
    if (--left === 0) over(client.socket.bytesWritten)
  }
  for (const { socket } of [client, service]) {
    socket.on('error', () => socket.destroy())
    socket.on('close', closed)
  }
  if (fromClient.length > 0) service.socket.write(fromClient)
  if (fromService.length > 0) client.socket.write(fromService)
  pour(client, service)
  pour(service, client)
}

/** Everything that comes out of one goes into the other; its end too. */
function pour(from: ByteSocket, into: ByteSocket): void {
  from.onBytes = (chunk) => {
    if (!into.socket.write(kept(chunk))) from.socket.pause()
  }
  into.socket.on('drain', () => from.socket.resume())
  from.socket.on('end', () => into.socket.end())
  from.socket.resume()
}
