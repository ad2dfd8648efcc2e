import net from 'node:net'

/**
 * All plain sockets read into this one buffer: a read is looked at and used up before the next one can happen, so
 * nobody pays for 64 KiB of fresh memory and a stream's bookkeeping per read (measured: 17 to 13 µs per proxied request).
 *
 * Hence the rule for every chunk that comes out of it: **it is valid during the call only; who keeps it copies it.**
 */
const shared = Buffer.allocUnsafeSlow(65536)

/**
 * A chunk on loan: valid during the call it was handed over in. It is no Buffer to the type checker, so that it can be
 * measured and read, but not written to a socket or put away without `kept`.
 */
export interface Borrowed {
  readonly length: number
  latin1Slice(start?: number, end?: number): string
}

/** The bytes themselves, safe to keep. */
export function kept(chunk: Borrowed): Buffer {
  const bytes = chunk as Buffer
  return bytes.buffer === shared.buffer ? Buffer.from(bytes) : bytes
}

/** A socket whose bytes come by one replaceable callback, whichever way they are read. */
export class ByteSocket {
  readonly socket: net.Socket
  /** Hears every read. The chunk is valid during the call only. */
  onBytes: (chunk: Buffer) => void = () => {}

  private constructor(make: (self: ByteSocket) => net.Socket) {
    this.socket = make(this)
  }

  /** Over a stream (TLS, or a socket that something was already read from). */
  static over(socket: net.Socket): ByteSocket {
    const bytes = new ByteSocket(() => socket)
    socket.on('data', (chunk: Buffer) => bytes.onBytes(chunk))
    return bytes
  }

  static connect(options: net.TcpNetConnectOpts): ByteSocket {
    return new ByteSocket((self) => net.connect({ ...options, onread: self.#onread() }))
  }

  /**
   * Takes a connection over that a server accepted paused (`pauseOnConnect`). Sockets that servers make can't be told
   * where to read to; one made anew around the same handle can. Where this Node has no such handle, the socket serves
   * as it is.
   */
  static accepted(socket: net.Socket): ByteSocket {
    const handle = (socket as unknown as { _handle: Handle | null })._handle
    if (typeof handle?.readStart !== 'function') {
      const bytes = ByteSocket.over(socket)
      socket.resume()
      return bytes
    }
    ;(socket as unknown as { _handle: null })._handle = null
    socket.destroy()
    const bytes = new ByteSocket((self) => {
      const options = { handle, allowHalfOpen: true, readable: true, writable: true, onread: self.#onread() }
      return new net.Socket(options as unknown as net.SocketConstructorOpts)
    })
    bytes.socket.resume()
    return bytes
  }

  #onread(): net.OnReadOpts {
    return {
      buffer: shared,
      callback: (length) => {
        this.onBytes(shared.subarray(0, length))
        return true
      },
    }
  }
}

interface Handle {
  readStart(): number
}
