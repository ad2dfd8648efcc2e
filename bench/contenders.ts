import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Issuer } from './tokens.ts'

/** A gateway under test, running. */
export interface Contender {
  readonly name: string
  readonly pid: number
  readonly port: number
  stop(): void
}

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'sallyport-bench-'))

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once('error', reject)
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number }
      probe.close(() => resolve(port))
    })
  })
}

export async function started(name: string, port: number, child: ChildProcess): Promise<Contender> {
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000)
  })
  child.stdout?.resume()
  for (let tries = 0; tries < 150; tries++) {
    if (child.exitCode !== null) break
    const up = await fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
    if (up) return { name, pid: child.pid!, port, stop: () => child.kill('SIGTERM') }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  child.kill('SIGKILL')
  throw new Error(`${name} did not start:\n${said}`)
}

export const run = (cpu: string, command: string, args: readonly string[], env: Record<string, string> = {}) =>
  spawn('taskset', ['-c', cpu, command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  })

/** The service behind all gateways: a small JSON answer from nginx. */
export async function startService(cpu: string): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, 'service.conf')
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/service.pid; error_log stderr error;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000;
  server { listen 127.0.0.1:${port} backlog=4096; location / { default_type application/json; return 200 '{"ok":true,"items":[1,2,3],"name":"a small answer"}'; } } }`,
  )
  return started('service', port, run(cpu, 'nginx', ['-c', file]))
}

/** nginx as a plain proxy that checks nothing. */
export async function startNginx(cpu: string, service: number): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, 'nginx.conf')
  writeFileSync(
    file,
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log stderr error;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000;
  upstream s { server 127.0.0.1:${service}; keepalive 512; keepalive_requests 1000000000; }
  server { listen 127.0.0.1:${port} backlog=4096;
    location / { proxy_pass http://s; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header X-Real-IP $remote_addr; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; } } }`,
  )
  return started('nginx', port, run(cpu, 'nginx', ['-c', file]))
}

/** HAProxy, plain or with `jwt_verify` and three claims to headers. */
export async function startHaproxy(cpu: string, service: number, issuer: Issuer | null): Promise<Contender> {
  const port = await freePort()
  const name = issuer === null ? 'haproxy' : `haproxy ${issuer.algorithm}`
  const file = join(folder, `${name.replace(' ', '-')}.cfg`)
  let checks = ''
  if (issuer !== null) {
    let key = `"${issuer.verifier}"`
    if (issuer.algorithm !== 'HS256') {
      const pem = join(folder, `${issuer.algorithm}.pem`)
      writeFileSync(pem, issuer.verifier)
      key = `"${pem}"`
    }
    checks = `
  http-request set-var(txn.bearer) http_auth_bearer
  http-request deny deny_status 401 unless { var(txn.bearer) -m found }
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless { var(txn.alg) -m str ${issuer.algorithm} }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_verify(txn.alg,${key}) 1 }
  http-request set-header X-User-ID %[var(txn.bearer),jwt_payload_query('$.sub')]
  http-request set-header X-Tenant-ID %[var(txn.bearer),jwt_payload_query('$.tenant_id')]
  http-request set-header X-User-Role %[var(txn.bearer),jwt_payload_query('$.role')]`
  }
  writeFileSync(
    file,
    `global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option http-keep-alive
  http-reuse always
frontend f
  bind 127.0.0.1:${port}${checks}
  option forwardfor
  default_backend s
backend s
  server s1 127.0.0.1:${service}
`,
  )
  return started(name, port, run(cpu, 'haproxy', ['-db', '-f', file]))
}

/** Sallyport with a plain route, and one per issuer that checks tokens and hands on three claims. */
export async function startSallyport(cpu: string, service: number, issuers: readonly Issuer[]): Promise<Contender> {
  const port = await freePort()
  const file = join(folder, 'kong.json')
  const policies = [
    { name: 'jwt', config: { claims_to_verify: ['exp'] } },
    {
      name: 'claims-to-headers',
      config: {
        claims: [
          { claim: 'sub', header: 'X-User-ID' },
          { claim: 'tenant_id', header: 'X-Tenant-ID' },
          { claim: 'role', header: 'X-User-Role' },
        ],
      },
    },
  ]
  const document = {
    _format_version: '3.0',
    services: [
      {
        name: 'service',
        url: `http://127.0.0.1:${service}`,
        routes: [
          { name: 'plain', paths: ['/plain'], strip_path: false },
          { name: 'protected', paths: ['/protected'], strip_path: false, plugins: policies },
        ],
      },
    ],
    consumers: [
      {
        username: 'bench',
        jwt_secrets: issuers.map((issuer) => ({
          key: issuer.name,
          algorithm: issuer.algorithm,
          ...(issuer.algorithm === 'HS256' ? { secret: issuer.verifier } : { rsa_public_key: issuer.verifier }),
        })),
      },
    ],
  }
  writeFileSync(file, JSON.stringify(document))
  return startedSallyport(cpu, port, `kong:${file}`, 'sallyport')
}

/** One process that serves a source, and nothing beside it. */
export function startedSallyport(cpu: string, port: number, source: string, name: string): Promise<Contender> {
  const args = ['start', '--source', source, '--store', 'memory', '--proxy-http', `127.0.0.1:${port}`]
  args.push('--proxy-https', 'off', '--admin', 'off', '--status', 'off', '--access-log', 'off')
  return started(name, port, run(cpu, 'sh', [join(root, 'tools/node.sh'), join(root, 'src/main.ts'), ...args]))
}
