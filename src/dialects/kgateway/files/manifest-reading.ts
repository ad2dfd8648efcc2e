import { isDeepStrictEqual } from 'node:util'
import { definitionOf, isKind, type Kind } from '../resources/kinds.ts'
import { type ReadObject, readObject, recognise } from '../resources/read-object.ts'
import type { RefusedObject } from '../resources/refused-object.ts'
import { type Place, type Resource, resourceId } from '../resources/resource.ts'
import { type Element, elementText, type ResourceProblem } from '../resources/resource-problem.ts'
import { Resources } from '../resources/resources.ts'
import { rulesNotAsked } from '../resources/schema/field-error.ts'
import { plainPath } from '../resources/schema/path.ts'
import { isRecord } from '../resources/schema/prune.ts'
import { toResource } from '../resources/to-resource.ts'
import type { KnownTexts } from './documents.ts'
import type { WrittenObject } from './objects.ts'

/** A resource, and what it was made of. */
interface Held {
  readonly written: Readonly<Record<string, unknown>>
  readonly object: ReadObject
  readonly resource: Resource
}

/** What a reading came to. */
export interface Manifests {
  readonly resources: Resources
  readonly problems: readonly ResourceProblem[]
  readonly refused: readonly RefusedObject[]
  /**
   * Of problems, those with what can't be read at all, where nothing of the same file stood before: what it was to be is
   * not known, and so not what it was to guard.
   */
  readonly unread: readonly ResourceProblem[]
  /** For the next reading: what its texts need not be parsed for again, and what stands. */
  readonly texts: KnownTexts
  readonly held: ReadonlyMap<string, Held>
  /** How many resources have ever been read: the age of the next new one. */
  readonly count: number
}

/** One pass over all manifests. Objects are taken in one by one, as if each were applied to an API server. */
export class ManifestReading {
  readonly #before: ReadonlyMap<string, Held>
  /** What stood before, by what was written: a text that was not edited is the same data once more. */
  readonly #unchanged: ReadonlyMap<object, ReadObject>
  readonly #held = new Map<string, Held>()
  readonly #problems: ResourceProblem[] = []
  readonly #refused = new Map<string, RefusedObject>()
  /** Sources of which something could not be read: what they held before may still be meant. */
  readonly #doubtful: string[] = []
  readonly #unread: ResourceProblem[] = []
  #count: number

  constructor(before: Manifests | null) {
    this.#before = before?.held ?? new Map()
    this.#unchanged = new Map([...this.#before.values()].map(({ written, object }) => [written, object]))
    this.#count = before?.count ?? 0
  }

  /** A file, or a folder, that could not be opened. */
  unreadable(path: string, message: string): void {
    this.illegible(path, null, message)
  }

  /** A document that is no YAML. */
  illegible(source: string, line: number | null, message: string): void {
    this.#doubtful.push(source)
    this.#unread.push(this.#say('error', null, { source, line }, message))
  }

  take({ value, lineOf }: WrittenObject, source: string): void {
    const place = { source, line: lineOf([]) }
    const found = recognise(value)
    if (found.is === 'no-object') {
      this.#doubtful.push(source)
      const problem = this.#say('error', null, place, found.message)
      if (found.isMeantToBe) this.#unread.push(problem)
      return
    }
    const written = value as Readonly<Record<string, unknown>>
    if (found.is === 'not-read') {
      const { kind, apiVersion } = found
      const message = notReadMessage(kind, apiVersion)
      if (message !== null) this.#say('warning', elementOf(kind, written), place, message)
      return
    }
    if (found.is === 'other-version') {
      const element = elementOf(found.kind, written)
      this.#say('error', element, place, `${found.message}; write ${writtenVersion(found.kind)}`)
      return this.#refuse(element, written, place)
    }
    const object = this.#read(found.kind, written)
    const placed = (path: readonly (string | number)[]): Place => ({ source, line: lineOf(path) })
    const misspelt = GUARDING.has(found.kind) ? object.unknown.filter(({ at }) => at[0] !== 'metadata') : []
    for (const unknown of object.unknown) {
      const { at, field } = unknown
      const severity = misspelt.includes(unknown) ? 'error' : 'warning'
      this.#say(severity, object, placed(plainPath(at)), `unknown field "${field}"`)
    }
    for (const error of object.errors) {
      // The next check tells of those; beside a problem with its line it is noise.
      if (error === rulesNotAsked) continue
      this.#say('error', object, placed(plainPath(error.at)), `${error.field}: ${error.message}`)
    }
    if (object.errors.length + misspelt.length > 0) this.#refuse(object, written, place)
    else this.#apply(object, written, place)
  }

  #read(kind: Kind, written: Readonly<Record<string, unknown>>): ReadObject {
    const standing = (namespace: string, name: string) => this.#standing(resourceId(kind, namespace, name))?.object
    const unchanged = this.#unchanged.get(written)
    // What stands was found right; beside another one that stands, rules on what may change are to be asked.
    if (unchanged !== undefined && standing(unchanged.namespace, unchanged.name) === unchanged) return unchanged
    return readObject(kind, written, (namespace, name) => standing(namespace, name)?.body)
  }

  finish(): Omit<Manifests, 'texts'> {
    const stood = new Set([...this.#before.values()].map(({ resource }) => resource.place.source))
    for (const [id, held] of this.#before) {
      const { source } = held.resource.place
      const isDoubtful = this.#doubtful.some((each) => isOf(source, each))
      if (!this.#held.has(id) && (isDoubtful || this.#refused.has(id))) this.#held.set(id, held)
    }
    const refused = [...this.#refused].map(([id, each]) => ({ ...each, isKept: this.#held.has(id) }))
    return {
      resources: new Resources([...this.#held.values()].map(({ resource }) => resource)),
      problems: this.#problems,
      refused,
      unread: this.#unread.filter(({ source }) => ![...stood].some((each) => isOf(each, source))),
      held: this.#held,
      count: this.#count,
    }
  }

  /** The object as it stands now: from this reading, else from the last one. */
  #standing(id: string): Held | undefined {
    return this.#held.get(id) ?? this.#before.get(id)
  }

  #apply(object: ReadObject, written: Readonly<Record<string, unknown>>, place: Place): void {
    const { kind, namespace, name } = object
    const id = resourceId(kind, namespace, name)
    const again = this.#held.get(id)
    if (again !== undefined) {
      const earlier = again.resource.place
      const at = `${earlier.source}:${earlier.line}`
      this.#say('warning', object, place, `this is written a second time and replaces what ${at} says`)
    }
    const standing = this.#standing(id)
    const was = standing?.resource.metadata
    const isSame = standing !== undefined && isDeepStrictEqual(standing.object.body, object.body)
    const resource = toResource(object, place, {
      generation: was === undefined ? 1 : was.generation + (isSame ? 0 : 1),
      creationTimestamp: was === undefined ? object.creationTimestamp : was.creationTimestamp,
      order: was?.order ?? this.#count++,
    })
    this.#refused.delete(id)
    this.#held.set(id, { written, object, resource })
  }

  #refuse({ kind, namespace, name }: Element, written: Readonly<Record<string, unknown>>, place: Place): void {
    const refused = { kind, namespace, name, place, spec: written.spec, isKept: false }
    this.#refused.set(resourceId(kind, namespace, name), refused)
  }

  #say(severity: 'error' | 'warning', element: Element | null, place: Place, message: string): ResourceProblem {
    const named = element === null ? null : { kind: element.kind, namespace: element.namespace, name: element.name }
    const path = named === null ? '' : elementText(named)
    const problem: ResourceProblem = { severity, element: named, ...place, path, message }
    this.#problems.push(problem)
    return problem
  }
}

/**
 * Kinds of which a field that nobody knows keeps the whole object out, as `kubectl apply` would: without a misspelt
 * `jwtAuth` a policy would be there, be fine, and guard nothing.
 */
const GUARDING: ReadonlySet<Kind> = new Set<Kind>(['TrafficPolicy', 'GatewayExtension'])

/** Groups whose kinds are about gateways: one that is not read may have been meant to guard something. */
const OF_GATEWAYS: ReadonlySet<string> = new Set([definitionOf('Gateway').group, definitionOf('TrafficPolicy').group])

/**
 * What to say of an object that is not read; null for the Deployments, ServiceAccounts and so on that share the folder
 * with what is.
 */
function notReadMessage(kind: string, apiVersion: string): string | null {
  const message = `${apiVersion} ${kind} is not read`
  if (isKind(kind)) return `${message}; ${writtenVersion(kind)} ${kind} is`
  return OF_GATEWAYS.has(apiVersion.slice(0, Math.max(apiVersion.indexOf('/'), 0))) ? message : null
}

/** What to write as `apiVersion`. */
function writtenVersion(kind: Kind): string {
  const { group, versions } = definitionOf(kind)
  return group === '' ? versions[0] : `${group}/${versions[0]}`
}

/** Whether a file is the one, or of the folder, that could not be read. */
function isOf(file: string, unread: string): boolean {
  return file === unread || file.startsWith(`${unread}/`)
}

/** Who an object is, as far as it says, if its kind is not read. */
function elementOf(kind: string, { metadata }: Readonly<Record<string, unknown>>): Element {
  const { name, namespace } = isRecord(metadata) ? metadata : {}
  return {
    kind,
    namespace: typeof namespace === 'string' ? namespace : 'default',
    name: typeof name === 'string' ? name : '',
  }
}
