import type { CertificateSpec } from '../model/model.ts'

/** Certificates by the server names they answer to. */
export class Certificates {
  readonly #byId = new Map<string, CertificateSpec>()
  readonly #byName = new Map<string, CertificateSpec>()

  put(spec: CertificateSpec): void {
    this.delete(spec.id)
    this.#byId.set(spec.id, spec)
    for (const sni of spec.snis) this.#byName.set(comparable(sni), spec)
  }

  delete(id: string): void {
    const spec = this.#byId.get(id)
    if (spec === undefined) return
    this.#byId.delete(id)
    for (const sni of spec.snis) if (this.#byName.get(comparable(sni)) === spec) this.#byName.delete(comparable(sni))
  }

  ids(): Iterable<string> {
    return this.#byId.keys()
  }

  get(id: string): CertificateSpec | null {
    return this.#byId.get(id) ?? null
  }

  /** Exact name, then `*.rest` (one label), then `start.*`, then `*`: the order in which Kong asks. */
  forServerName(serverName: string): CertificateSpec | null {
    const name = comparable(serverName)
    const exact = this.#byName.get(name)
    if (exact !== undefined) return exact
    const firstDot = name.indexOf('.')
    const lastDot = name.lastIndexOf('.')
    return (
      (firstDot < 0 ? undefined : this.#byName.get(`*${name.slice(firstDot)}`)) ??
      (lastDot < 0 ? undefined : this.#byName.get(`${name.slice(0, lastDot)}.*`)) ??
      this.#byName.get('*') ??
      null
    )
  }
}

function comparable(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}
