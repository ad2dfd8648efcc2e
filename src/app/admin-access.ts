import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { AdminTokens, readAdminTokens } from '../admin/access/admin-tokens.ts'
import type { AccessRules } from '../admin/access/admission.ts'
import type { AdminTls } from '../admin/serve.ts'
import { isLoopback } from '../base/loopback.ts'
import type { GatewaySettings } from './settings.ts'

type AdminAccessSettings = Pick<
  GatewaySettings,
  'admin' | 'adminTokenFile' | 'adminToken' | 'adminCert' | 'adminKey' | 'adminClientCa'
>

export interface AdminAccess {
  readonly rules: AccessRules
  readonly tls: AdminTls | null
}

/** What `SALLYPORT_ADMIN_TOKEN` is called in logs. */
const TOKEN_OF_VARIABLE = 'SALLYPORT_ADMIN_TOKEN'

/** Why the Admin API can't be served as it is set, in words for the operator; null when it can. */
export function adminAccessProblem(settings: AdminAccessSettings): string | null {
  const { admin, adminTokenFile, adminToken, adminCert, adminKey, adminClientCa } = settings
  if (admin === null) return null
  if (Boolean(adminCert) !== Boolean(adminKey)) {
    const [there, missing] = adminCert ? ['--admin-cert', '--admin-key'] : ['--admin-key', '--admin-cert']
    return `${there} needs ${missing} beside it`
  }
  if (adminToken && !/^[\x21-\x7e]+$/.test(adminToken)) {
    return 'SALLYPORT_ADMIN_TOKEN: expected a token of printable ASCII characters without blanks'
  }
  if (adminClientCa && !adminCert) {
    return '--admin-client-ca asks callers for certificates, which takes TLS: add --admin-cert and --admin-key'
  }
  if (isLoopback(admin.host) || adminTokenFile || adminToken || adminClientCa) return null
  return (
    `--admin: '${admin.host}' is reached from other machines, and whoever reaches the Admin API could change every policy: ` +
    'add --admin-token-file FILE (lines NAME:TOKEN) or SALLYPORT_ADMIN_TOKEN, ' +
    'or --admin-client-ca FILE with --admin-cert and --admin-key; or listen on a loopback address such as 127.0.0.1:8001'
  )
}

/** Reads all files anew. @throws Error that names the file and the remedy, never what is in it. */
export function readAdminAccess(settings: AdminAccessSettings): AdminAccess {
  const { adminTokenFile, adminToken, adminCert, adminKey, adminClientCa } = settings
  const tokens = [
    ...(adminTokenFile ? readAdminTokens(read(adminTokenFile, '--admin-token-file'), adminTokenFile) : []),
    ...(adminToken ? [[TOKEN_OF_VARIABLE, adminToken] as const] : []),
  ]
  const clientAuthorities = adminClientCa ? read(adminClientCa, '--admin-client-ca') : null
  if (clientAuthorities !== null && !clientAuthorities.includes('-----BEGIN CERTIFICATE-----')) {
    throw new Error(`--admin-client-ca: ${adminClientCa}: expected certificates in PEM`)
  }
  const tls =
    adminCert && adminKey
      ? { cert: read(adminCert, '--admin-cert'), key: read(adminKey, '--admin-key'), clientAuthorities }
      : null
  if (tls !== null) {
    try {
      createSecureContext({ ...tls, ...(clientAuthorities === null ? {} : { ca: clientAuthorities }) })
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? 'not PEM'
      throw new Error(`--admin-cert: ${adminCert} and the key in ${adminKey} can't be used together (${why})`)
    }
  }
  return { rules: { tokens: tokens.length > 0 ? new AdminTokens(tokens) : null, clientAuthorities }, tls }
}

function read(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new Error(`${flag}: ${file} can't be read (${code})`)
  }
}
