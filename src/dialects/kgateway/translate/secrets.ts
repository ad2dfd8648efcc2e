import type { Resource } from '../resources/resource.ts'
import { KGATEWAY } from './names.ts'
import { PolicyError } from './policy-error.ts'
import type { Scene } from './scene.ts'

/** A Secret that a policy names. @throws PolicyError when there is none, or no grant leads there. */
export function secretOf(
  scene: Scene,
  policy: Resource<'TrafficPolicy'>,
  { name, namespace = policy.metadata.namespace }: { readonly name: string; readonly namespace?: string | undefined },
): Resource<'Secret'> {
  const from = { group: KGATEWAY, kind: 'TrafficPolicy', namespace: policy.metadata.namespace }
  if (!scene.grants.allows(from, { group: '', kind: 'Secret', namespace, name })) {
    throw new PolicyError('missing reference grant')
  }
  const secret = scene.resources.get('Secret', namespace, name)
  if (secret === undefined) throw new PolicyError(`Secret ${namespace}/${name} not found`)
  return secret
}

/** One value of a Secret as text; undefined where it has no such key. Keys are anybody's words: `constructor` is none. */
export function secretText(secret: Resource<'Secret'>, key: string): string | undefined {
  return Object.hasOwn(secret.data, key) ? secret.data[key]?.revealText() : undefined
}
