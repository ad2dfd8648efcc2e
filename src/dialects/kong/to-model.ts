import type { Change, PolicyUse } from '../../model/model.ts'
import type { AnyPolicy, EntityDefinition } from '../../policy/policy.ts'
import { isReference } from '../../secrets/reference.ts'
import type { StoreChange } from '../../store/port.ts'
import { ChildEntities } from './child-entities.ts'
import { credentialSpec, HTTP, idOf, routeSpec, serviceSpec, strings, textOrNull, type Values } from './entity-specs.ts'
import { priorityOf } from './priorities.ts'
import { fieldOf } from './schema/field.ts'
import { referencesIn } from './schema/references.ts'
import { upstreamSpec } from './upstream-spec.ts'

/**
 * Turns changes of stored Kong entities into changes of the model.
 *
 * It remembers what the model holds together and Kong keeps apart: the targets of an upstream, the server names of a
 * certificate, the authorities of a service.
 */
export class KongModel {
  #policies: ReadonlyMap<string, AnyPolicy> = new Map()
  #credentials: ReadonlyMap<string, EntityDefinition> = new Map()
  readonly #upstreams = new Map<string, Values>()
  readonly #targets = new ChildEntities('upstream')
  readonly #certificates = new Map<string, Values>()
  readonly #snis = new ChildEntities('certificate')
  readonly #authorities = new Map<string, string>()
  /** Services that name authorities: to be told again when one of those changes. */
  readonly #trustingServices = new Map<string, Values>()

  constructor(policies: readonly AnyPolicy[]) {
    this.takePolicies(policies)
  }

  /** From now on these are the policies there are. What stands already is told anew by whoever changes them. */
  takePolicies(policies: readonly AnyPolicy[]): void {
    this.#policies = new Map(policies.map((policy) => [policy.name, policy]))
    this.#credentials = new Map(policies.flatMap((policy) => policy.entities ?? []).map((each) => [each.kind, each]))
  }

  /** The model's changes that one committed change stands for; none for kinds the model does not have. */
  changes(change: StoreChange): Change[] {
    if (change.op === 'delete') return this.#deleted(change.kind, change.id)
    const { kind, id, json } = change.entity
    switch (kind) {
      case 'routes':
        return [{ op: 'put', kind: 'route', value: routeSpec(id, json) }]
      case 'services':
        return this.#serviceChanged(id, json)
      case 'plugins':
        return [{ op: 'put', kind: 'use', value: this.#policyUse(id, json) }]
      case 'consumers': {
        const value = { id, username: textOrNull(json['username']), customId: textOrNull(json['custom_id']) }
        return [{ op: 'put', kind: 'consumer', value }]
      }
      case 'upstreams':
        this.#upstreams.set(id, json)
        return this.#upstreamChanged(id)
      case 'targets':
        return this.#targets.put(id, json).flatMap((parent) => this.#upstreamChanged(parent))
      case 'certificates':
        this.#certificates.set(id, json)
        return this.#certificateChanged(id)
      case 'snis':
        return this.#snis.put(id, json).flatMap((parent) => this.#certificateChanged(parent))
      case 'vaults': {
        const config = (json['config'] ?? {}) as Values
        const value = { id, prefix: String(json['prefix']), type: String(json['name']), config }
        return [{ op: 'put', kind: 'vault', value }]
      }
      case 'ca_certificates':
        this.#authorities.set(id, String(json['cert']))
        return this.#authorityChanged(id)
      default:
        return this.#credentialChanged(kind, id, json, change.expiresAt)
    }
  }

  #deleted(kind: string, id: string): Change[] {
    switch (kind) {
      case 'routes':
        return [{ op: 'delete', kind: 'route', id }]
      case 'services':
        this.#trustingServices.delete(id)
        return [{ op: 'delete', kind: 'service', id }]
      case 'plugins':
        return [{ op: 'delete', kind: 'use', id }]
      case 'consumers':
        return [{ op: 'delete', kind: 'consumer', id }]
      case 'upstreams':
        this.#upstreams.delete(id)
        return [{ op: 'delete', kind: 'upstream', id }]
      case 'targets':
        return this.#targets.delete(id).flatMap((parent) => this.#upstreamChanged(parent))
      case 'certificates':
        this.#certificates.delete(id)
        return [{ op: 'delete', kind: 'certificate', id }]
      case 'snis':
        return this.#snis.delete(id).flatMap((parent) => this.#certificateChanged(parent))
      case 'vaults':
        return [{ op: 'delete', kind: 'vault', id }]
      case 'ca_certificates':
        this.#authorities.delete(id)
        return this.#authorityChanged(id)
      default:
        return this.#credentials.has(kind) ? [{ op: 'delete', kind: 'credential', id }] : []
    }
  }

  #serviceChanged(id: string, json: Values): Change[] {
    if (strings(json['ca_certificates']).length > 0) this.#trustingServices.set(id, json)
    else this.#trustingServices.delete(id)
    // A service of another protocol (tcp, tls, udp) is none that an HTTP route could forward to.
    if (!HTTP.has(json['protocol'])) return [{ op: 'delete', kind: 'service', id }]
    return [{ op: 'put', kind: 'service', value: serviceSpec(id, json, this.#authorities) }]
  }

  #authorityChanged(id: string): Change[] {
    const trusting = [...this.#trustingServices].filter(([, json]) => strings(json['ca_certificates']).includes(id))
    return trusting.flatMap(([serviceId, json]) => this.#serviceChanged(serviceId, json))
  }

  #policyUse(id: string, json: Values): PolicyUse {
    const policy = String(json['name'])
    // A config that does not fit is handed on as it is: the use then can't compile, and its routes stay closed.
    const known = this.#policies.get(policy)
    const parsed = known?.config.safeParse(json['config'] ?? {})
    const config = parsed?.success ? parsed.data : ((json['config'] ?? {}) as Values)
    const references = known === undefined ? [] : referencesIn(fieldOf(known.config), config, ['config'])
    return {
      id,
      policy,
      config,
      ...(references.length > 0 && { references }),
      routeId: idOf(json['route']),
      serviceId: idOf(json['service']),
      consumerId: idOf(json['consumer']),
      order: priorityOf(policy, known),
      protocols: strings(json['protocols']),
      enabled: json['enabled'] !== false,
    }
  }

  #credentialChanged(kind: string, id: string, json: Values, expiresAt: number | null): Change[] {
    const definition = this.#credentials.get(kind)
    if (definition === undefined) return []
    return [{ op: 'put', kind: 'credential', value: credentialSpec(definition, id, json, expiresAt) }]
  }

  #upstreamChanged(id: string): Change[] {
    const json = this.#upstreams.get(id)
    if (json === undefined) return []
    const value = upstreamSpec(id, json, this.#targets.of(id))
    return [{ op: 'put', kind: 'upstream', value }]
  }

  #certificateChanged(id: string): Change[] {
    const json = this.#certificates.get(id)
    if (json === undefined) return []
    const snis = this.#snis.of(id).map((sni) => String(sni['name']))
    const [cert, key] = [String(json['cert']), String(json['key'])]
    const references = Object.entries({ cert, key }).flatMap(([name, text]) =>
      isReference(text) ? [{ path: [name], text }] : [],
    )
    const value = { id, cert, key, snis, ...(references.length > 0 && { references }) }
    return [{ op: 'put', kind: 'certificate', value }]
  }
}
