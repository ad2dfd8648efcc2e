import type { Resource } from '../../resources/resource.ts'
import { type FieldEffect, STAGE } from '../filter.ts'
import { PolicyError, within } from '../policy-error.ts'
import type { Scene } from '../scene.ts'
import { secretOf, secretText } from '../secrets.ts'
import { useIdOf } from '../use-id.ts'

type Policy = Resource<'TrafficPolicy'>
type Value = NonNullable<Policy['spec']['headerModifiers']>
type Changes = NonNullable<Value['request']>
type Header = NonNullable<Changes['set']>[number]

export function headerModifiers(scene: Scene, policy: Policy, { request, response }: Value): FieldEffect {
  const config = {
    ...(request && { request: within('request', () => changesOf(scene, policy, request)) }),
    ...(response && { response: within('response', () => changesOf(scene, policy, response)) }),
    // the filter goes through its list in order, and kgateway puts what is removed last
    removeFirst: false,
  }
  const name = 'envoy.filters.http.header_mutation'
  const useId = scene.output.use(useIdOf(policy, 'headerModifiers'), 'header-modifier', config)
  return { filters: [{ stage: STAGE.headers, name, useId }] }
}

function changesOf(scene: Scene, policy: Policy, { set, add, remove }: Changes): Record<string, unknown> {
  const named = (headers: readonly Header[] | undefined) =>
    (headers ?? []).flatMap((header) => namedHeaders(scene, policy, header))
  return { set: named(set), add: named(add), remove: remove ?? [] }
}

/** A value that stands there, or in a Secret: one key of it, or, without a key, all of them by name. */
function namedHeaders(
  scene: Scene,
  policy: Policy,
  header: Header,
): { readonly name: string; readonly value: string }[] {
  if (header.secretRef === undefined) return [{ name: header.name!, value: header.value! }]
  const { name, key, namespace = policy.metadata.namespace } = header.secretRef
  const about = header.name === undefined ? 'headers' : `header '${header.name}'`
  return within(`failed to resolve ${about}`, () =>
    within(`secret ${namespace}/${name}`, () => {
      const secret = within(`cannot reference secret ${namespace}/${name} `, () =>
        secretOf(scene, policy, header.secretRef!),
      )
      if (header.name === undefined && key === undefined) {
        return Object.keys(secret.data).map((each) => ({ name: each, value: secretText(secret, each)! }))
      }
      const wanted = key ?? header.name!
      const value = secretText(secret, wanted)
      if (value === undefined) throw new PolicyError(`key '${wanted}' not found`)
      return [{ name: header.name ?? wanted, value }]
    }),
  )
}
