import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'ldapts'

const run = promisify(execFile)
const INSTALL_MS = 10 * 60_000
const SLAPD = '/usr/sbin/slapd'
const SCHEMAS = ['core', 'cosine', 'inetorgperson'].map((name) => `/etc/ldap/schema/${name}.schema`)
const ROOT = { dn: 'cn=root,dc=test', password: 'root-of-the-test' }

/** Where people are. */
export const BASE = 'ou=people,dc=test'

/** A real OpenLDAP server of our own, on free loopback ports, in a temporary folder. */
export interface Slapd {
  readonly port: number
  readonly tlsPort: number
  /** The authority that signed the certificate, in PEM. */
  readonly ca: string
  setPassword(user: string, password: string): Promise<void>
  /** Ends the server at once, connections and all; its data stay. */
  stop(): Promise<void>
  start(): Promise<void>
  /** Ends it and removes its data. */
  remove(): Promise<void>
}

/**
 * Fails where none can be installed or started: the point is the real thing.
 * @param people passwords by user name (`uid`).
 */
export async function startSlapd(people: Readonly<Record<string, string>>): Promise<Slapd> {
  await install()
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-slapd-'))
  const at = (name: string) => join(folder, name)
  await makeCertificates(folder)
  mkdirSync(at('data'))
  writeFileSync(at('slapd.conf'), configuration(folder))
  writeFileSync(at('people.ldif'), ldif(people))
  await run('/usr/sbin/slapadd', ['-f', at('slapd.conf'), '-l', at('people.ldif')])
  const [port, tlsPort] = [await freePort(), await freePort()]
  let server: ChildProcess | null = null
  const killAtExit = () => server?.kill('SIGKILL')
  process.on('exit', killAtExit)

  async function start(): Promise<void> {
    // with a debug level slapd stays in front: it is our child and ends with us
    const args = ['-d', '0', '-f', at('slapd.conf'), '-h', `ldap://127.0.0.1:${port} ldaps://127.0.0.1:${tlsPort}`]
    const child = spawn(SLAPD, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    server = child
    let said = ''
    child.stderr!.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-4000)
    })
    for (let attempt = 0; !(await isListening(port)); attempt++) {
      if (child.exitCode !== null || attempt === 300) throw new Error(`slapd did not start:\n${said}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  async function stop(): Promise<void> {
    const child = server
    server = null
    if (child === null || child.exitCode !== null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }

  async function setPassword(user: string, password: string): Promise<void> {
    const client = new Client({ url: `ldap://127.0.0.1:${port}` })
    await client.bind(ROOT.dn, ROOT.password)
    const { Attribute, Change } = await import('ldapts')
    const modification = new Attribute({ type: 'userPassword', values: [password] })
    await client.modify(entryOf(user), new Change({ operation: 'replace', modification }))
    await client.unbind()
  }

  await start()
  return {
    port,
    tlsPort,
    ca: readFileSync(at('ca.pem'), 'utf8'),
    setPassword,
    start,
    stop,
    async remove() {
      await stop()
      process.off('exit', killAtExit)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function install(): Promise<void> {
  if (existsSync(SLAPD)) return
  // Run level 1 keeps the package from starting a server of its own.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  await run('apt-get', ['update', '-qq'], { env, timeout: INSTALL_MS })
  const options = { env, timeout: INSTALL_MS, maxBuffer: 1 << 26 }
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'slapd'], options)
  if (!existsSync(SLAPD)) throw new Error(`the package slapd left no ${SLAPD}`)
}

/** `bind_anon_dn`: a name without a password is let in as nobody, as RFC 4513 has it and many servers do. */
function configuration(folder: string): string {
  return `${SCHEMAS.map((file) => `include ${file}`).join('\n')}
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/slapd.pid
argsfile ${folder}/slapd.args
allow bind_anon_dn
TLSCACertificateFile ${folder}/ca.pem
TLSCertificateFile ${folder}/server.pem
TLSCertificateKeyFile ${folder}/server.key
database mdb
maxsize 16777216
suffix "dc=test"
rootdn "${ROOT.dn}"
rootpw ${ROOT.password}
directory ${folder}/data
access to attrs=userPassword by anonymous auth by * none
access to * by * none
`
}

function ldif(people: Readonly<Record<string, string>>): string {
  const entries = [
    'dn: dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: test\no: test\n',
    `dn: ${BASE}\nobjectClass: organizationalUnit\nou: people\n`,
    'dn: ou=admins,dc=test\nobjectClass: organizationalUnit\nou: admins\n',
  ]
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  for (const [user, password] of Object.entries(people)) {
    const lines = ['objectClass: inetOrgPerson', `uid:: ${base64(user)}`, 'cn: x', 'sn: x']
    entries.push(`dn:: ${base64(entryOf(user))}\n${lines.join('\n')}\nuserPassword:: ${base64(password)}\n`)
  }
  return entries.join('\n')
}

/** Every byte escaped, so that nothing here rests on what is tested. */
function entryOf(user: string): string {
  return `uid=${Buffer.from(user).toString('hex').replace(/../g, '\\$&')},${BASE}`
}

/** An authority, and a certificate of its for `localhost` (and for no address). */
async function makeCertificates(folder: string): Promise<void> {
  const at = (name: string) => join(folder, name)
  const key = (name: string) => ['-newkey', 'rsa:2048', '-nodes', '-keyout', at(name)]
  await run('openssl', ['req', '-x509', ...key('ca.key'), '-days', '1', '-subj', '/CN=test CA', '-out', at('ca.pem')])
  await run('openssl', ['req', '-new', ...key('server.key'), '-subj', '/CN=localhost', '-out', at('server.csr')])
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost\n')
  const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-days', '1', '-extfile', at('names')]
  await run('openssl', ['x509', '-req', '-in', at('server.csr'), ...signed, '-out', at('server.pem')])
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => resolve(true)).on('error', () => resolve(false))
    socket.on('connect', () => socket.destroy())
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
