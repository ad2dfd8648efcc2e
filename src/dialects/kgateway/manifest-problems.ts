import type { Problem } from '../../model/problem.ts'
import { readManifests } from './files/read-manifests.ts'
import { ManifestSource, type ManifestView } from './manifest-source.ts'
import { statusProblems } from './status-problems.ts'
import type { Settings } from './translate/settings.ts'

/** Everything wrong with a file or folder of manifests: what can't be taken, and what the statuses of the rest say. */
export function manifestProblems(path: string, settings: Settings): readonly Problem[] {
  let view: ManifestView | null = null
  const { problems } = new ManifestSource(path, settings, (seen) => (view = seen)).read()
  // what keeps a reading from being taken is not all that is wrong
  if (view === null) return problems.length > 0 ? readManifests(path).problems : problems
  const { manifests, statuses } = view as ManifestView
  return [...problems, ...manifests.problems, ...statusProblems(manifests.resources, statuses)]
}
