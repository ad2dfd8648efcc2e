import type { Problem } from '../../../model/problem.ts'

/** Which resource something is said of. */
export interface Element {
  readonly kind: string
  /** Empty for kinds that stand in no namespace. */
  readonly namespace: string
  readonly name: string
}

/** Something to say about one resource. An error keeps this resource out, and no other. */
export interface ResourceProblem extends Problem {
  readonly severity: 'error' | 'warning'
  /** Null for a text that does not even say what it is. */
  readonly element: Element | null
}

/** `TrafficPolicy default/jwt`. */
export const elementText = ({ kind, namespace, name }: Element): string =>
  `${kind} ${namespace === '' ? '' : `${namespace}/`}${name === '' ? '(without a name)' : name}`
