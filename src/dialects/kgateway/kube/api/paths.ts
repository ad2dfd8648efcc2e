import { definitionOf, type Kind } from '../../resources/kinds.ts'

/** `/apis/gateway.networking.k8s.io/v1`. */
const groupPath = (group: string, version: string): string =>
  group === '' ? `/api/${version}` : `/apis/${group}/${version}`

/** Where all objects of a kind are listed, for each of its versions that we read, the preferred one first. */
export function listPaths(kind: Kind): readonly string[] {
  const { group, versions, plural } = definitionOf(kind)
  return versions.map((version) => `${groupPath(group, version)}/${plural}`)
}

/** Where one object stands. */
export function objectPath(kind: Kind, apiVersion: string, namespace: string, name: string): string {
  const { group, plural, namespaced } = definitionOf(kind)
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1)
  const home = namespaced ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${groupPath(group, version)}${home}/${plural}/${encodeURIComponent(name)}`
}
