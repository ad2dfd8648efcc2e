import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Clock } from '../../../../base/clock.ts'
import type { Access } from './access.ts'
import { inClusterAccess } from './in-cluster.ts'
import { kubeconfigAccess } from './kubeconfig.ts'

/**
 * Finds the API server: by `KUBECONFIG`, else that of the cluster that this runs in, else by `~/.kube/config`.
 *
 * @throws Error with a sentence for people.
 */
export function findAccess(environment: Readonly<Record<string, string | undefined>>, clock: Clock): Access {
  const named = (environment.KUBECONFIG ?? '').split(delimiter).filter((path) => path !== '')
  if (named.length > 0) return kubeconfigAccess(named, clock)
  return inClusterAccess(environment, clock) ?? kubeconfigAccess([join(homedir(), '.kube', 'config')], clock)
}
