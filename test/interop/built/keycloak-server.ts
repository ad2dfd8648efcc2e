import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { createServer } from 'node:net'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { makeAuthority } from '../../e2e/authority.ts'

const run = promisify(execFile)
const VERSION = '26.7.3'
const INSTALL_MS = 15 * 60_000
const START_MS = 5 * 60_000
const ADMIN = { username: 'admin', password: 'password-of-the-admin' }
/** Far more than any call takes. */
const CALL_MS = 60_000

/** A real Keycloak in development mode, by HTTPS on a free loopback port, whose certificate only `authority` vouches for. */
export interface Keycloak {
  readonly host: 'localhost'
  readonly port: number
  /** `https://localhost:PORT` */
  readonly url: string
  /** PEM of the authority. */
  readonly authority: string
  /** An access token of a user, by the client admin-cli: the admin's in realm master unless told otherwise. */
  token(realm?: string, user?: { readonly username: string; readonly password: string }): Promise<string>
  /** Calls the admin API, path from behind `/admin/realms`. @throws Error when it refuses. */
  admin(method: string, path: string, body?: object): Promise<unknown>
  stop(): Promise<void>
}

/** Fails where none can be installed or started. */
export async function startKeycloak(): Promise<Keycloak> {
  const zip = await downloaded()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-keycloak-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    await run('unzip', ['-q', zip, '-d', folder], { timeout: INSTALL_MS })
    return await started(folder, remove)
  } catch (error) {
    remove()
    throw error
  }
}

async function started(folder: string, remove: () => void): Promise<Keycloak> {
  const authority = await makeAuthority('CN=Keycloak of a test')
  const { cert, key } = await authority.sign('CN=localhost')
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  writeFileSync(certFile, cert)
  writeFileSync(keyFile, key, { mode: 0o600 })
  const port = await freePort()
  const [http, management] = [await freePort(), await freePort()]
  const words = [
    ...['start-dev', '--http-host=127.0.0.1', `--http-port=${http}`, `--https-port=${port}`],
    ...[`--https-certificate-file=${certFile}`, `--https-certificate-key-file=${keyFile}`],
    ...[`--http-management-port=${management}`, '--cache=local'],
  ]
  const env = {
    ...process.env,
    KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.username,
    KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
    // Two cores are shared with everybody else.
    JAVA_OPTS_APPEND: '-XX:ActiveProcessorCount=2 -XX:TieredStopAtLevel=1',
  }
  const child = spawn('bash', [join(folder, `keycloak-${VERSION}`, 'bin/kc.sh'), ...words], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    // The script starts Java: both are ended as one group.
    detached: true,
  })
  const ended = once(child, 'close')
  const kill = () => {
    try {
      process.kill(-child.pid!, 'SIGKILL')
    } catch {
      // It has ended by itself.
    }
  }
  process.on('exit', kill)
  async function stop(): Promise<void> {
    kill()
    await ended
    process.off('exit', kill)
    remove()
  }

  let said = ''
  try {
    await new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error(`Keycloak did not start: ${said}`)), START_MS)
      const hear = (chunk: Buffer) => {
        said += chunk
        if (!/Keycloak \S+ on JVM .* started in/.test(said)) return
        clearTimeout(limit)
        resolve()
      }
      child.stdout.on('data', hear)
      child.stderr.on('data', hear)
      ended.then(() => reject(new Error(`Keycloak ended: ${said}`)), reject)
    })
  } catch (error) {
    await stop()
    throw error
  }

  function call(method: string, path: string, headers: Record<string, string>, body = ''): Promise<string> {
    return new Promise((resolve, reject) => {
      const asking = request(
        { host: '127.0.0.1', servername: 'localhost', port, path, method, headers, ca: authority.cert, agent: false },
        async (response) => {
          let text = ''
          for await (const chunk of response.setEncoding('utf8')) text += chunk
          if (response.statusCode! < 300) resolve(text)
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`))
        },
      )
      asking.setTimeout(CALL_MS, () => asking.destroy(new Error(`${method} ${path}: no answer`)))
      asking.once('error', reject)
      asking.end(body)
    })
  }
  async function token(realm = 'master', user = ADMIN): Promise<string> {
    const form = new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', ...user }).toString()
    const headers = { host: `localhost:${port}`, 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await call('POST', `/realms/${realm}/protocol/openid-connect/token`, headers, form)
    return (JSON.parse(answer) as { access_token: string }).access_token
  }
  return {
    host: 'localhost',
    port,
    url: `https://localhost:${port}`,
    authority: authority.cert,
    token,
    async admin(method, path, body) {
      const headers = { host: `localhost:${port}`, authorization: `Bearer ${await token()}` }
      const json = { ...headers, 'content-type': 'application/json' }
      const answer = await call(method, `/admin/realms${path}`, body ? json : headers, body && JSON.stringify(body))
      return answer === '' ? null : JSON.parse(answer)
    },
    stop,
  }
}

/** Path of the distribution as Maven keeps it for the user: 150 MB, fetched once. */
async function downloaded(): Promise<string> {
  const programs = ['/usr/bin/mvn', '/usr/bin/unzip', '/usr/bin/java']
  if (!programs.every((program) => existsSync(program))) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    const options = { env, timeout: INSTALL_MS, maxBuffer: 1 << 26 }
    await run('apt-get', ['update', '-qq'], options)
    await run(
      'apt-get',
      ['install', '-y', '-qq', '--no-install-recommends', 'maven', 'unzip', 'default-jre-headless'],
      options,
    )
  }
  const name = 'keycloak-quarkus-dist'
  const zip = join(homedir(), '.m2/repository/org/keycloak', name, VERSION, `${name}-${VERSION}.zip`)
  if (existsSync(zip)) return zip
  const artifact = `-Dartifact=org.keycloak:${name}:${VERSION}:zip`
  await run('mvn', ['-q', '-B', 'dependency:get', artifact, '-Dtransitive=false'], { timeout: INSTALL_MS })
  if (!existsSync(zip)) throw new Error(`Maven left no ${name}-${VERSION}.zip in its repository`)
  return zip
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
