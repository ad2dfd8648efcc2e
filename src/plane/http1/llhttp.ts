/**
 * The one door to llhttp, Node's own HTTP parser, in the WebAssembly build that ships inside undici.
 *
 * We use it for chunked bodies: sizes, extensions, line ends and trailers are where hand-written parsers have gone
 * wrong, and a message whose head was accepted by `message-head.ts` is handed to it from the first body byte on. (Heads
 * are scanned by ourselves: see ADR 2 for what was measured, and `test/fuzz` for the proof that we accept less.)
 *
 * Nothing of ours runs inside a callback: callbacks write down offsets and return. So no parser can be entered twice,
 * and nothing can throw through WebAssembly.
 */
import { createRequire } from 'node:module'

interface Exports {
  memory: WebAssembly.Memory
  _initialize(): void
  malloc(size: number): number
  llhttp_alloc(type: number): number
  llhttp_reset(parser: number): void
  llhttp_execute(parser: number, data: number, length: number): number
  llhttp_resume(parser: number): void
  llhttp_get_error_pos(parser: number): number
}

/** What we rely on; a newer undici that lacks one is refused at start, not on the first chunked request. */
const NEEDED = [
  '_initialize',
  'malloc',
  'llhttp_alloc',
  'llhttp_reset',
  'llhttp_execute',
  'llhttp_resume',
  'llhttp_get_error_pos',
] as const

const TYPE_REQUEST = 1
const OK = 0
const PAUSED = 21
/** Body bytes are copied into WebAssembly memory in pieces of this size. */
const INPUT_BYTES = 65536
/** The head that puts a parser into the state "a chunk size comes next". */
const HEAD = Buffer.from('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n', 'latin1')

let exportsOf: Exports
let input = 0
let memoryBytes: Uint8Array
let inHead = false
let complete = false
/** Offsets (from the start of the piece being executed) of body spans: start, end, start, end … */
let spans: number[] = []
let trailerText = ''
let inTrailerValue = false

function bytes(): Uint8Array {
  // Growth detaches every old view; a copy into a detached one is a silent no-op, and one connection's bytes would be
  // parsed as another's.
  if (memoryBytes.buffer !== exportsOf.memory.buffer) memoryBytes = new Uint8Array(exportsOf.memory.buffer)
  return memoryBytes
}

function latin1(at: number, length: number): string {
  return Buffer.from(exportsOf.memory.buffer, at, length).toString('latin1')
}

const callbacks = {
  wasm_on_message_begin: () => 0,
  wasm_on_url: () => 0,
  wasm_on_status: () => 0,
  wasm_on_header_field: (_parser: number, at: number, length: number) => {
    if (inHead) return 0
    if (inTrailerValue) trailerText += '\r\n'
    inTrailerValue = false
    trailerText += latin1(at, length)
    return 0
  },
  wasm_on_header_value: (_parser: number, at: number, length: number) => {
    if (inHead) return 0
    if (!inTrailerValue) trailerText += ': '
    inTrailerValue = true
    trailerText += latin1(at, length)
    return 0
  },
  wasm_on_headers_complete: () => 0,
  wasm_on_body: (_parser: number, at: number, length: number) => {
    spans.push(at - input, at - input + length)
    return 0
  },
  wasm_on_message_complete: () => {
    complete = true
    return PAUSED
  },
}

function load(): void {
  const binary = createRequire(import.meta.url)('undici/lib/llhttp/llhttp_simd-wasm.js') as Buffer
  const module = new WebAssembly.Module(new Uint8Array(binary))
  const names = new Set(WebAssembly.Module.exports(module).map((entry) => entry.name))
  const missing = NEEDED.filter((name) => !names.has(name))
  const unknown = WebAssembly.Module.imports(module).filter((entry) => !(entry.name in callbacks))
  if (missing.length > 0 || unknown.length > 0) {
    throw new Error(
      `this undici's llhttp does not fit: missing exports [${missing.join(', ')}], unknown imports [${unknown.map((i) => i.name).join(', ')}]; install the pinned version (npm ci)`,
    )
  }
  exportsOf = new WebAssembly.Instance(module, { env: callbacks }).exports as unknown as Exports
  exportsOf._initialize()
  input = exportsOf.malloc(INPUT_BYTES)
  memoryBytes = new Uint8Array(exportsOf.memory.buffer)
}
load()

/** Parsers not in use. As many as were ever in use at once: memory of WebAssembly does not shrink, so none is dropped. */
const pool: number[] = []

/** What one call of `ChunkedParser.execute` found. */
export interface ChunkedPiece {
  /** Body spans as offsets into the buffer given: start, end, start, end … */
  readonly spans: readonly number[]
  /** Offset just behind what was used up. */
  readonly consumed: number
  /** True when the body (trailers included) is over. */
  readonly complete: boolean
}

/**
 * Reads one chunked body (RFC 9112 §7.1), strictly: no bare LF, no blanks around sizes beyond what llhttp allows with
 * all its lenient flags off.
 */
export class ChunkedParser {
  #parser: number
  #trailers = ''
  #inTrailerValue = false

  constructor() {
    this.#parser = pool.pop() ?? exportsOf.llhttp_alloc(TYPE_REQUEST)
    exportsOf.llhttp_reset(this.#parser)
    inHead = true
    bytes().set(HEAD, input)
    const error = exportsOf.llhttp_execute(this.#parser, input, HEAD.length)
    inHead = false
    if (error !== OK) throw new Error(`llhttp refused its own preset head: ${error}`)
  }

  /** @returns null when the bytes are not a well-formed chunked body. */
  execute(buffer: Buffer, start: number, end: number): ChunkedPiece | null {
    const found: number[] = []
    for (let at = start; at < end; ) {
      const length = Math.min(end - at, INPUT_BYTES)
      bytes().set(buffer.subarray(at, at + length), input)
      spans = []
      complete = false
      trailerText = this.#trailers
      inTrailerValue = this.#inTrailerValue
      const error = exportsOf.llhttp_execute(this.#parser, input, length)
      this.#trailers = trailerText
      this.#inTrailerValue = inTrailerValue
      for (const offset of spans) found.push(at + offset)
      if (complete) {
        const consumed = at + (error === PAUSED ? exportsOf.llhttp_get_error_pos(this.#parser) - input : length)
        return { spans: found, consumed, complete: true }
      }
      if (error !== OK) return null
      at += length
    }
    return { spans: found, consumed: end, complete: false }
  }

  /** Trailer lines `Name: value`, joined by CRLF; empty when there are none. Not yet judged: see `acceptable.ts`. */
  get trailers(): string {
    return this.#trailers
  }

  /** Gives the parser back. It must not be used afterwards. */
  free(): void {
    if (this.#parser === 0) return
    pool.push(this.#parser)
    this.#parser = 0
  }
}
