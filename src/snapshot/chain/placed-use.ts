import type { PolicyUse } from '../../model/model.ts'
import type { AnyPolicy, CredentialNames, Tools } from '../../policy/policy.ts'
import type { CompiledUse } from '../route.ts'

/** A policy use in its place; compiled when a chain first wants it, and kept until its config changes. */
export class PlacedUse {
  readonly spec: PolicyUse
  readonly #policy: AnyPolicy | undefined
  readonly #tools: Tools
  #compiled: CompiledUse | null = null
  #failure: Error | null = null

  /** @param policy undefined when nobody knows a policy of that name: the use then closes its routes. */
  constructor(spec: PolicyUse, policy: AnyPolicy | undefined, tools: Tools) {
    this.spec = spec
    this.#policy = policy
    this.#tools = tools
  }

  /** A use for stream protocols only, or one switched off, leaves its place to a less specific one. */
  get isCandidate(): boolean {
    const { enabled, protocols } = this.spec
    return enabled && (protocols.length === 0 || protocols.some((protocol) => HTTP.has(protocol)))
  }

  /** Why it could not be compiled, once that was tried. */
  get failure(): Error | null {
    return this.#failure
  }

  /** The same object each time. @throws Error when the policy is unknown or refuses its config, each time again. */
  compiled(): CompiledUse {
    if (this.#failure !== null) throw this.#failure
    if (this.#compiled === null) {
      try {
        this.#compiled = this.#compile()
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        this.#failure = new Error(`policy use ${this.spec.id} (${this.spec.policy}) can't be compiled: ${why}`)
        throw this.#failure
      }
    }
    return this.#compiled
  }

  get isCompiled(): boolean {
    return this.#compiled !== null
  }

  /** Compiles it now. @returns why it can't be. */
  tried(): Error | null {
    try {
      this.compiled()
      return null
    } catch {
      return this.#failure
    }
  }

  /** True when it is to be compiled although no request has come yet. */
  get startsAtOnce(): boolean {
    try {
      return this.isCandidate && this.#policy?.startsAtOnce?.(this.spec.config) === true
    } catch {
      return false
    }
  }

  /** Bytes of request body it asks for; 0 when that can't be said. */
  bodyBytes(): number {
    try {
      return this.#policy?.needs?.body?.(this.spec.config) ?? 0
    } catch {
      return 0
    }
  }

  /** Header names (lower case) by which it tells services about the caller. */
  identityHeaders(): readonly string[] {
    try {
      return (this.#policy?.identityHeaders?.(this.spec.config) ?? []).map((name) => name.toLowerCase())
    } catch {
      return []
    }
  }

  /** Headers (lower case) and query arguments in which callers send it credentials. */
  credentialNames(): CredentialNames {
    try {
      return this.#policy?.credentialNames?.(this.spec.config) ?? {}
    } catch {
      return {}
    }
  }

  /** The same use in another place, with what was compiled; null when `next` compiles differently. */
  becomes(next: PolicyUse): PlacedUse | null {
    if (compiledFrom(next) !== compiledFrom(this.spec)) return null
    const moved = new PlacedUse(next, this.#policy, this.#tools)
    moved.#compiled = this.#compiled
    moved.#failure = this.#failure
    return moved
  }

  /** To be called when nobody runs any more what was compiled. */
  disposal(): () => void {
    return () => {
      this.#compiled?.steps.dispose?.()
      this.#compiled = null
    }
  }

  #compile(): CompiledUse {
    const policy = this.#policy
    const { spec } = this
    if (policy === undefined) throw new Error('there is no such policy')
    if (spec.unresolved !== undefined) throw new Error(spec.unresolved)
    const parsed = policy.config.safeParse(spec.config)
    if (!parsed.success) {
      const issues: readonly { path: PropertyKey[]; message: string }[] = parsed.error.issues
      throw new Error(issues.map(({ path, message }) => `config.${path.join('.')}: ${message}`).join('; '))
    }
    const config: Record<string, unknown> = parsed.data
    const anonymous = config['anonymous']
    return {
      id: spec.id,
      policy: spec.policy,
      phase: policy.phase,
      steps: policy.compile(config, this.#tools),
      anonymous: typeof anonymous === 'string' && anonymous !== '' ? anonymous : null,
      bodyBytes: policy.needs?.body?.(config) ?? 0,
    }
  }
}

const compiledFrom = ({ policy, config, unresolved }: PolicyUse) => JSON.stringify([policy, config, unresolved])
const HTTP: ReadonlySet<string> = new Set(['http', 'https', 'grpc', 'grpcs'])
