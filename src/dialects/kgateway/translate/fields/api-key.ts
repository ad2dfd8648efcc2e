import type { Resource } from '../../resources/resource.ts'
import { type FieldEffect, STAGE } from '../filter.ts'
import { selects } from '../label-selector.ts'
import { KGATEWAY } from '../names.ts'
import { PolicyError, within } from '../policy-error.ts'
import type { Scene } from '../scene.ts'
import { secretOf, secretText } from '../secrets.ts'
import { useIdOf } from '../use-id.ts'

type Policy = Resource<'TrafficPolicy'>
type Value = NonNullable<Policy['spec']['apiKeyAuth']>

const NAME = 'envoy.filters.http.api_key_auth'
const USUAL = [{ header: 'api-key' }]

export function apiKeyAuth(scene: Scene, policy: Policy, value: Value): FieldEffect {
  if (value.disable !== undefined) return { off: [NAME] }
  const sources = value.keySources ?? []
  const config = {
    credentials: credentialsOf(secretsOf(scene, policy, value)),
    sources: sources.length === 0 ? USUAL : sources,
    forwardCredential: value.forwardCredential ?? false,
    clientIdHeader: value.clientIdHeader === '' ? null : (value.clientIdHeader ?? null),
  }
  const useId = scene.output.use(useIdOf(policy, 'apiKeyAuth'), 'api-key-auth', config)
  return { filters: [{ stage: STAGE.authentication, name: NAME, useId }] }
}

function secretsOf(scene: Scene, policy: Policy, { secretRef, secretSelector }: Value): readonly Resource<'Secret'>[] {
  if (secretRef !== undefined) {
    return [within(`API key secret ${secretRef.name}`, () => secretOf(scene, policy, secretRef))]
  }
  const { matchLabels } = secretSelector!
  const { namespace } = policy.metadata
  const from = { group: KGATEWAY, kind: 'TrafficPolicy', namespace }
  const selected = scene.resources.all('Secret').filter(({ metadata }) => selects({ matchLabels }, metadata.labels))
  const found = selected.filter(({ metadata }) =>
    scene.grants.allows(from, { group: '', kind: 'Secret', namespace: metadata.namespace, name: metadata.name }),
  )
  if (found.length > 0) return found
  if (selected.length > 0) throw new PolicyError('failed to get secrets by selector: missing reference grant')
  const labels = Object.entries(matchLabels).map(([key, text]) => `${key}:${text}`)
  throw new PolicyError(`no secrets found matching selector map[${labels.join(' ')}] in namespace ${namespace}`)
}

/** Every entry of a Secret is a client and its key. */
function credentialsOf(secrets: readonly Resource<'Secret'>[]): readonly { client: string; key: string }[] {
  const owners = new Map<string, string>()
  const errors: string[] = []
  for (const secret of secrets) {
    for (const client of Object.keys(secret.data).sort()) {
      const key = (secretText(secret, client) ?? '').trim()
      const before = owners.get(key)
      if (key === '') errors.push(`secret ${secret.metadata.name} key ${client} has empty API key value`)
      else if (before !== undefined) errors.push(`duplicate API key value shared by client ${before} and ${client}`)
      else owners.set(key, client)
    }
  }
  if (errors.length > 0) throw new PolicyError(`errors processing API key secrets: [${errors.join(' ')}]`)
  if (owners.size === 0) throw new PolicyError('no valid API keys found in secrets')
  return [...owners].map(([key, client]) => ({ key, client }))
}
