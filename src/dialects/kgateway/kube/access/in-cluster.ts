import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../../../base/clock.ts'
import type { Access } from './access.ts'
import { TokenFile } from './credentials.ts'

const FOLDER = '/var/run/secrets/kubernetes.io/serviceaccount'

type Environment = Readonly<Record<string, string | undefined>>

/** The API server of the cluster that this process runs in as a pod; null if it runs in none. */
export function inClusterAccess(environment: Environment, clock: Clock, folder: string = FOLDER): Access | null {
  const host = environment.KUBERNETES_SERVICE_HOST
  const port = environment.KUBERNETES_SERVICE_PORT
  const token = join(folder, 'token')
  if (host === undefined || port === undefined || !existsSync(token)) return null
  return {
    server: new URL(`https://${host.includes(':') ? `[${host}]` : host}:${port}`),
    authority: readFileSync(join(folder, 'ca.crt'), 'utf8'),
    serverName: null,
    isVerified: true,
    proxy: null,
    namespace: readFileSync(join(folder, 'namespace'), 'utf8').trim(),
    credentials: new TokenFile(token, clock),
    words: 'the cluster that this runs in',
  }
}
