import type { Resource } from '../../resources/resource.ts'
import { type FieldEffect, STAGE } from '../filter.ts'
import { PolicyError, within } from '../policy-error.ts'
import type { Scene } from '../scene.ts'
import { secretOf, secretText } from '../secrets.ts'
import { useIdOf } from '../use-id.ts'

type Policy = Resource<'TrafficPolicy'>
type Value = NonNullable<Policy['spec']['basicAuth']>

const NAME = 'envoy.filters.http.basic_auth'

export function basicAuth(scene: Scene, policy: Policy, value: Value): FieldEffect {
  if (value.disable !== undefined) return { off: [NAME] }
  return within('basic auth', () => {
    const users = checkedUsers(linesOf(scene, policy, value))
    const useId = scene.output.use(useIdOf(policy, 'basicAuth'), 'htpasswd-auth', { users })
    return { filters: [{ stage: STAGE.authentication, name: NAME, useId }] }
  })
}

function linesOf(scene: Scene, policy: Policy, { users, secretRef }: Value): readonly string[] {
  if (secretRef === undefined) return users!
  const { name, namespace = policy.metadata.namespace, key } = secretRef
  const text = secretText(secretOf(scene, policy, secretRef), key)
  if (text === undefined) throw new PolicyError(`secret ${namespace}/${name} does not contain key '${key}'`)
  if (text.trim() === '') throw new PolicyError(`secret ${namespace}/${name} key '${key}' is empty`)
  return text.split('\n')
}

/** 20 bytes of SHA-1, in base64. */
const HASH = /^\{SHA\}[A-Za-z0-9+/]{27}=$/

/** The lines that can be used. Where others stand among them, the policy as a whole is invalid: somebody meant them. */
function checkedUsers(lines: readonly string[]): string {
  const hashes = new Map<string, string>()
  const dropped = new Set<string>()
  for (const line of lines.map((each) => each.trim())) {
    if (line === '' || line.startsWith('#')) continue
    const colon = line.indexOf(':')
    const [name, hash] = [line.slice(0, Math.max(colon, 0)), line.slice(colon + 1)]
    if (name === '' || !HASH.test(hash)) dropped.add(name === '' ? '(malformed)' : name)
    else if (hashes.has(name) && hashes.get(name) !== hash) dropped.add(name)
    else hashes.set(name, hash)
  }
  if (hashes.size === 0) throw new PolicyError('no valid users with {SHA} hash format found')
  if (dropped.size > 0) {
    throw new PolicyError(
      `dropped ${dropped.size} user(s), invalid hash format (only {SHA} is supported), malformed entry, or a username listed twice with different hashes: [${[...dropped].join(' ')}]`,
    )
  }
  return [...hashes].map(([name, hash]) => `${name}:${hash}`).join('\n')
}
