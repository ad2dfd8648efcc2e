/** Parts of the platform that `@types/node` leaves out. */

interface Buffer {
  /** As `toString('latin1', start, end)` without looking the encoding up: it is called for every message. */
  latin1Slice(start?: number, end?: number): string
  hexSlice(start?: number, end?: number): string
}

declare namespace WebAssembly {
  class Module {
    constructor(bytes: Uint8Array)
    static exports(module: Module): { readonly name: string; readonly kind: string }[]
    static imports(module: Module): { readonly module: string; readonly name: string; readonly kind: string }[]
  }
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>)
    readonly exports: unknown
  }
  interface Memory {
    readonly buffer: ArrayBuffer
  }
}
