import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const INSTALL_MS = 5 * 60_000
const PACKAGE = 'oidc-provider@9.13.3'

/** What we use of the package. */
export type Provider = new (issuer: string, configuration: object) => { callback(): RequestListener }

/** Fails where it can't be installed: the point is the real thing. */
export async function installedProvider(): Promise<Provider> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sallyport-interop')
  const folder = join(cache, PACKAGE)
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true })
    const fresh = mkdtempSync(join(cache, 'oidc-provider-'))
    writeFileSync(join(fresh, 'package.json'), '{"private":true}')
    const args = ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', PACKAGE]
    await run('npm', args, { cwd: fresh, timeout: INSTALL_MS })
    try {
      renameSync(fresh, folder)
    } catch (error) {
      // another run was faster
      rmSync(fresh, { recursive: true, force: true })
      if (!existsSync(folder)) throw error
    }
  }
  const entry = join(folder, 'node_modules', 'oidc-provider', 'lib', 'index.js')
  const { default: Provider } = (await import(pathToFileURL(entry).href)) as { default: Provider }
  return Provider
}
