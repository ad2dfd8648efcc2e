import type { AnyPolicy } from '../../../policy/policy.ts'
import { caCertificateKind } from './ca-certificate.ts'
import { certificate } from './certificate.ts'
import { consumer } from './consumer.ts'
import { credentialKind } from './credential.ts'
import { key } from './key.ts'
import { keySet } from './key-set.ts'
import type { EntityKind } from './kind.ts'
import { pluginKind } from './plugin.ts'
import { route } from './route.ts'
import { service } from './service.ts'
import { sni } from './sni.ts'
import { target } from './target.ts'
import { upstream } from './upstream.ts'
import { vault } from './vault.ts'

/**
 * Every kind of entity of this dialect, the policies' own included; an order in which each comes after what it points at.
 *
 * @param now milliseconds since the epoch, for what depends on the day (an authority's expiry).
 */
export function entityKinds(policies: readonly AnyPolicy[], now: () => number): ReadonlyMap<string, EntityKind> {
  const owned = policies.flatMap((policy) => policy.entities ?? []).map(credentialKind)
  const kinds = [
    vault,
    certificate,
    sni,
    caCertificateKind(now),
    keySet,
    key,
    service,
    route,
    consumer,
    upstream,
    target,
    pluginKind(policies),
    ...owned,
  ]
  return new Map(kinds.map((kind) => [kind.name, kind]))
}
