import type { Resource } from '../resources/resource.ts'
import type { Resources } from '../resources/resources.ts'
import type { Grants } from './grants.ts'
import { KGATEWAY } from './names.ts'
import { PolicyError } from './policy-error.ts'
import type { Settings } from './settings.ts'

type Extension = Resource<'GatewayExtension'>
type Member = 'jwt' | 'extAuth' | 'oauth2' | 'extProc' | 'rateLimit'

const TYPES: Readonly<Record<Member, string>> = {
  jwt: 'JWT',
  extAuth: 'ExtAuth',
  oauth2: 'OAuth2',
  extProc: 'ExtProc',
  rateLimit: 'RateLimit',
}

/** GatewayExtensions as policies find them. */
export class Extensions {
  readonly #resources: Resources
  readonly #grants: Grants
  readonly #settings: Settings

  constructor(resources: Resources, grants: Grants, settings: Settings) {
    this.#resources = resources
    this.#grants = grants
    this.#settings = settings
  }

  /** @throws PolicyError when there is none of that sort, or the policy may not use it. */
  find(
    policy: Resource<'TrafficPolicy'>,
    ref: { readonly name: string; readonly namespace?: string | undefined },
    member: Member,
  ): Extension {
    const namespace = ref.namespace ?? policy.metadata.namespace
    const from = { group: KGATEWAY, kind: 'TrafficPolicy', namespace: policy.metadata.namespace }
    const to = { group: KGATEWAY, kind: 'GatewayExtension', namespace, name: ref.name }
    if (this.#settings.referenceGrants === 'strict' && !this.#grants.allows(from, to)) {
      throw new PolicyError('missing reference grant')
    }
    const extension = this.#resources.get('GatewayExtension', namespace, ref.name)
    if (extension === undefined) throw new PolicyError(`${namespace}/${ref.name}: gateway extension not found`)
    if (extension.spec[member] === undefined) {
      throw new PolicyError(`expected gatewayextension type ${TYPES[member]}`)
    }
    return extension
  }
}

export function pointerOf(extension: Extension): {
  readonly group: string
  readonly kind: string
  readonly namespace: string
} {
  return { group: KGATEWAY, kind: 'GatewayExtension', namespace: extension.metadata.namespace }
}
