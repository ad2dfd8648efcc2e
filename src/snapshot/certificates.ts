import type { CertificateSpec } from '../model/model.ts'

/** Certificates by the listeners that present them and the server names they answer to. */
export class Certificates {
  readonly #byId = new Map<string, CertificateSpec>()
  /** The last of a list answers; when it goes, the one before does again. */
  readonly #byName = new Map<string, CertificateSpec[]>()

  put(spec: CertificateSpec): void {
    this.delete(spec.id)
    this.#byId.set(spec.id, spec)
    for (const key of keysOf(spec)) this.#byName.set(key, [...(this.#byName.get(key) ?? []), spec])
  }

  delete(id: string): void {
    const spec = this.#byId.get(id)
    if (spec === undefined) return
    this.#byId.delete(id)
    for (const key of keysOf(spec)) {
      const left = (this.#byName.get(key) ?? []).filter((each) => each !== spec)
      if (left.length === 0) this.#byName.delete(key)
      else this.#byName.set(key, left)
    }
  }

  ids(): Iterable<string> {
    return this.#byId.keys()
  }

  get(id: string): CertificateSpec | null {
    return this.#byId.get(id) ?? null
  }

  /** The listener's own for this name; where it has none, one that every listener presents. */
  forServerName(serverName: string, listener: string | null = null): CertificateSpec | null {
    const name = comparable(serverName)
    return (listener === null ? undefined : this.#ofListener(listener, name)) ?? this.#ofAll(name) ?? null
  }

  /** Exact name, then the longest `*.rest`, then `*`: as hosts of listeners are matched. */
  #ofListener(listener: string, name: string): CertificateSpec | undefined {
    const exact = this.#at(listener, name)
    if (exact !== undefined) return exact
    for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
      const found = this.#at(listener, `*${name.slice(dot)}`)
      if (found !== undefined) return found
    }
    return this.#at(listener, '*')
  }

  /** Exact name, then `*.rest` (one label), then `start.*`, then `*`: the order in which Kong asks. */
  #ofAll(name: string): CertificateSpec | undefined {
    const exact = this.#at('', name)
    if (exact !== undefined) return exact
    const firstDot = name.indexOf('.')
    const lastDot = name.lastIndexOf('.')
    return (
      (firstDot < 0 ? undefined : this.#at('', `*${name.slice(firstDot)}`)) ??
      (lastDot < 0 ? undefined : this.#at('', `${name.slice(0, lastDot)}.*`)) ??
      this.#at('', '*')
    )
  }

  #at(listener: string, name: string): CertificateSpec | undefined {
    return this.#byName.get(`${listener} ${name}`)?.at(-1)
  }
}

function keysOf({ snis, listener = '' }: CertificateSpec): ReadonlySet<string> {
  return new Set(snis.map((sni) => `${listener} ${comparable(sni)}`))
}

function comparable(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}
