import type { Problem } from '../../../../model/problem.ts'

/** Where a problem stands in a document, from the root; places in lists count from 0. */
export type Steps = readonly (string | number)[]

/** `services[0].routes[1].paths` taken apart. */
export function stepsOf(path: string): Steps {
  return Array.from(path.matchAll(/\[(\d+)\]|([^.[\]]+)/g), ([, index, name]) => (index ? Number(index) : name!))
}

/**
 * @param kinds names of the lists that hold entities.
 * @returns the problems of a document in the shape of the document: lists with null for what is good, sentences at the fields, and
 * those about a whole entity under `@entity`. What is no document at all is told under `error`.
 */
export function problemFields(
  problems: readonly Problem[],
  kinds: ReadonlyMap<string, unknown>,
): Record<string, unknown> {
  const root: Record<string, unknown> = {}
  for (const { path, message } of problems) {
    const steps = stepsOf(path)
    const missing = /^(_\w+): (.*)$/s.exec(message)
    if (steps.length > 0) place(root, steps, message, kinds.has(String(steps.at(-2))))
    else if (missing !== null) place(root, [missing[1]!], missing[2]!, false)
    else place(root, ['error'], `failed parsing declarative configuration: ${message}`, false)
  }
  return root
}

type Nest = Record<string | number, unknown>

function place(root: Nest, steps: Steps, message: string, isEntity: boolean): void {
  let at: Nest = root
  for (const [n, step] of steps.entries()) {
    const next = steps[n + 1]
    if (next === undefined) return put(at, step, message, isEntity)
    const there = own(at, step)
    const isNest = typeof there === 'object' && there !== null
    const inner: Nest = isNest ? (there as Nest) : typeof next === 'number' ? ([] as unknown as Nest) : {}
    // A sentence about the whole, and others about its parts.
    if (typeof there === 'string') inner['@entity'] = [there]
    if (!isNest) set(at, step, inner)
    at = inner
  }
}

function put(at: Nest, step: string | number, message: string, isEntity: boolean): void {
  const there = own(at, step)
  if (typeof there === 'object' && there !== null) {
    const whole = (there as Nest)['@entity']
    ;(there as Nest)['@entity'] = [...(Array.isArray(whole) ? whole : []), message]
  } else if (isEntity) set(at, step, { '@entity': [message] })
  else set(at, step, message)
}

function own(at: Nest, step: string | number): unknown {
  return Object.hasOwn(at, step) ? at[step] : undefined
}

function set(at: Nest, step: string | number, value: unknown): void {
  // Lists have no holes: what is good is null.
  if (Array.isArray(at) && typeof step === 'number') while (at.length < step) at.push(null)
  Object.defineProperty(at, step, { value, enumerable: true, writable: true, configurable: true })
}
