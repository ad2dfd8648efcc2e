import { BoundedMap } from '../base/bounded-map.ts'
import type { Consumer, Credential, Directory, Stamp } from './directory.ts'
import type { Identity } from './identity.ts'
import type { Registry } from './registry.ts'
import { type Identified, identified } from './verdict.ts'

interface Known {
  readonly credential: Stamp
  readonly consumer: Stamp
  /** Of the credential that it belongs to. */
  readonly parent: Stamp | null
  readonly verdict: Identified
}

/**
 * Gives the same verdict object, with the same identity in it, for as long as credential, its parent and consumer are unchanged:
 * later steps can then hang what they made of an identity (ready header text) on the object itself.
 */
export class IdentityMemo {
  readonly #known = new BoundedMap<Known>(100_000)

  /** The memo of one policy for one directory. Shared by all its uses, kept over recompiles. */
  static of(registry: Registry, policy: string, directory: Directory): IdentityMemo {
    const memos = registry.get(`identities:${policy}`, () => new WeakMap<Directory, IdentityMemo>())
    const memo = memos.get(directory) ?? new IdentityMemo()
    memos.set(directory, memo)
    return memo
  }

  /** @param make is called when the credential is new or it, its parent or its consumer has changed. */
  identified(credential: Credential, consumer: Consumer, make: () => Identity): Identified {
    const known = this.#known.get(credential.id)
    const parent = credential.parent?.stamp ?? null
    if (known !== undefined && same(known.credential, credential.stamp) && same(known.consumer, consumer.stamp)) {
      if (known.parent === parent || (known.parent !== null && parent !== null && same(known.parent, parent))) {
        return known.verdict
      }
    }
    const verdict = identified(make())
    this.#known.set(credential.id, { credential: credential.stamp, consumer: consumer.stamp, parent, verdict })
    return verdict
  }
}

function same(a: Stamp, b: Stamp): boolean {
  return a.row === b.row && a.generation === b.generation
}
