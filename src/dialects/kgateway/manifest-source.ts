import { statSync } from 'node:fs'
import type { Change } from '../../model/model.ts'
import type { Problem } from '../../model/problem.ts'
import type { Manifests } from './files/manifest-reading.ts'
import { readManifests } from './files/read-manifests.ts'
import type { Settings } from './translate/settings.ts'
import { type Translation, translate } from './translate/translate.ts'

/** What a folder of manifests comes to. */
export interface ManifestView extends Translation {
  readonly manifests: Manifests
}

/**
 * A file or folder of manifests as a source. Elements that are wrong keep only themselves out, as an API server would
 * have kept them; so a reading fails as a whole only where there is nothing to read, or something that nobody can read and
 * that may have been a policy: what it was to guard would stand open.
 */
export class ManifestSource {
  readonly #path: string
  readonly #settings: Settings
  readonly #seen: (view: ManifestView) => void
  #last: Manifests | null = null

  /** @param seen is shown every reading. */
  constructor(path: string, settings: Settings, seen: (view: ManifestView) => void = () => {}) {
    this.#path = path
    this.#settings = settings
    this.#seen = seen
  }

  read(): { readonly changes: readonly Change[]; readonly problems: readonly Problem[] } {
    try {
      statSync(this.#path)
    } catch (error) {
      const message = `there is nothing to read here: ${(error as Error).message}`
      return { changes: [], problems: [{ source: this.#path, line: null, path: '', message }] }
    }
    const manifests = readManifests(this.#path, this.#last)
    if (manifests.unread.length > 0) return { changes: [], problems: manifests.unread }
    this.#last = manifests
    const translation = translate(manifests.resources, this.#settings, manifests.refused)
    this.#seen({ ...translation, manifests })
    return { changes: translation.changes, problems: [] }
  }
}
