import type { ParentStatus, ResourceStatus } from '../../resources/status.ts'
import type { ParentView, Route } from '../attach-routes.ts'
import type { Unresolved } from '../backends.ts'
import { type Condition, conditionsOf, fails, holds } from '../condition.ts'
import { CONTROLLER } from '../names.ts'
import type { RulesView } from '../rules-view.ts'

export interface TranslatedParent {
  readonly parent: ParentView
  /** One for each listener that it is attached to. */
  readonly rules: readonly RulesView[]
  /** Found for listeners that are not served. */
  readonly unresolved: readonly Unresolved[]
}

export function routeStatus(route: Route, parents: readonly TranslatedParent[]): ResourceStatus {
  return {
    kind: route.kind,
    namespace: route.metadata.namespace,
    name: route.metadata.name,
    observedGeneration: route.metadata.generation,
    parents: parents.map(parentStatus),
  }
}

function parentStatus({ parent, rules, unresolved: elsewhere }: TranslatedParent): ParentStatus {
  const found: Condition[] = [...parent.found]
  // What is wrong is wrong on every listener alike, but for what hangs on the listener itself.
  const distinct = (messages: readonly string[]) => [...new Set(messages)]
  const unresolved = [...rules.flatMap((view) => view.unresolved), ...elsewhere]
  const [first] = unresolved
  if (first !== undefined) {
    const messages = distinct(unresolved.filter(({ reason }) => reason === first.reason).map(({ message }) => message))
    found.push(fails('ResolvedRefs', first.reason, messages.join('; ')))
  }
  const replaced = distinct(rules.flatMap((view) => view.replaced))
  const dropped = distinct(rules.flatMap((view) => view.dropped))
  if (replaced.length > 0) found.push(fails(PROGRAMMED, 'RouteRuleReplaced', replaced.join('; ')))
  else if (dropped.length > 0) found.push(fails(PROGRAMMED, 'RouteRuleDropped', dropped.join('; ')))
  const conditions = conditionsOf(found, [
    holds('Accepted', 'Accepted', 'Successfully accepted Route'),
    holds('ResolvedRefs', 'ResolvedRefs', 'Successfully resolved all references'),
    holds(PROGRAMMED, 'Programmed', 'Successfully programmed Route'),
  ])
  const unserved = distinct(rules.flatMap((view) => view.unserved))
  if (unserved.length > 0) conditions.push(holds('PartiallyInvalid', 'UnsupportedValue', unserved.join('; ')))
  return { parentRef: writtenRef(parent.ref), controllerName: CONTROLLER, conditions }
}

const PROGRAMMED = 'kgateway.dev/Programmed'

/** Without the members that are not there: an API server would not take them. */
function writtenRef(ref: ParentView['ref']): ParentStatus['parentRef'] {
  return JSON.parse(JSON.stringify(ref)) as ParentStatus['parentRef']
}
