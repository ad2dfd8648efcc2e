import { createHash, generateKeyPairSync } from 'node:crypto'
import 'reflect-metadata'
import * as x509 from '@peculiar/x509'

const SECRET = 'a-secret-of-some-length'
const PASSWORD = `$scrypt$ln=14,r=8,p=5$${'A'.repeat(22)}$${'A'.repeat(43)}`

/** A state file with every entity that decK and an open-source Kong share, and every plugin we have of Kong's. */
export async function everything(): Promise<Record<string, unknown>> {
  const { certificate, key, authority, publicKey, privateKey } = await keys()
  return {
    _format_version: '3.0',
    services: [
      {
        name: 'orders',
        protocol: 'https',
        host: 'orders.test',
        port: 8443,
        path: '/v1',
        retries: 2,
        connect_timeout: 1000,
        read_timeout: 2000,
        write_timeout: 3000,
        tags: ['team-a'],
        routes: [
          {
            name: 'orders-plain',
            paths: ['/orders', '~/o/(?<id>\\d+)$'],
            methods: ['GET', 'POST'],
            hosts: ['api.test', '*.api.test'],
            headers: { 'x-version': ['1', '2'] },
            strip_path: false,
            preserve_host: true,
            regex_priority: 3,
            plugins: routePlugins(),
          },
          { name: 'orders-tls', protocols: ['https'], snis: ['api.test'], https_redirect_status_code: 308 },
        ],
        plugins: [{ name: 'acl', config: { allow: ['gold', 'silver'], hide_groups_header: true } }],
      },
      {
        name: 'pooled',
        host: 'pool',
        routes: [{ name: 'pooled', paths: ['/pooled'] }],
      },
    ],
    consumers: [
      {
        username: 'alice',
        custom_id: 'crm-1',
        tags: ['people'],
        jwt_secrets: [
          { key: 'alice-hs', algorithm: 'HS256', secret: SECRET },
          { key: 'alice-rs', algorithm: 'RS256', secret: SECRET, rsa_public_key: publicKey },
        ],
        keyauth_credentials: [{ key: 'alice-key' }],
        // a hash, as dumps have it: of a plain password decK, which knows only what is stored, sees a difference for ever
        basicauth_credentials: [{ username: 'alice', password: PASSWORD }],
        hmacauth_credentials: [{ username: 'alice-hmac', secret: SECRET }],
        oauth2_credentials: [
          {
            name: 'shop',
            client_id: 'alice-shop',
            client_secret: SECRET,
            client_type: 'confidential',
            hash_secret: false,
            redirect_uris: ['https://shop.test/back'],
          },
          { name: 'app', client_id: 'alice-app', client_secret: SECRET, client_type: 'public', hash_secret: false },
        ],
        acls: [{ group: 'gold' }, { group: 'silver' }],
        plugins: [{ name: 'request-size-limiting', config: { allowed_payload_size: 12 } }],
      },
      { username: 'nobody' },
    ],
    certificates: [{ id: uuidOf('certificate'), cert: certificate, key, snis: [{ name: 'api.test' }] }],
    ca_certificates: [{ id: uuidOf('authority'), cert: authority }],
    upstreams: [
      {
        name: 'pool',
        algorithm: 'consistent-hashing',
        hash_on: 'header',
        hash_on_header: 'x-user',
        hash_fallback: 'ip',
        slots: 100,
        healthchecks: {
          threshold: 10,
          active: { type: 'http', http_path: '/live', healthy: { interval: 5, successes: 2 } },
          passive: { unhealthy: { http_failures: 3 } },
        },
        targets: [
          { target: '10.0.0.1:8000', weight: 10 },
          { target: '10.0.0.2:8000', weight: 90 },
        ],
      },
    ],
    vaults: [{ name: 'env', prefix: 'surroundings', description: 'the environment', config: { prefix: 'GATE_' } }],
    key_sets: [{ name: 'signers' }],
    keys: [
      {
        name: 'signer',
        kid: 'signer-1',
        set: { name: 'signers' },
        pem: { public_key: publicKey, private_key: privateKey },
      },
    ],
    plugins: globalPlugins(),
  }
}

function globalPlugins(): object[] {
  return [
    { name: 'correlation-id', config: { generator: 'uuid', echo_downstream: true } },
    { name: 'cors', config: { origins: ['https://app.test'], credentials: true, max_age: 60 } },
    { name: 'ip-restriction', config: { deny: ['203.0.113.0/24'] } },
    { name: 'bot-detection', config: { deny: ['BadBot'] } },
    { name: 'response-transformer', config: { add: { headers: ['x-gate:sallyport'] } } },
    { name: 'prometheus', config: { per_consumer: true, status_code_metrics: true } },
    { name: 'http-log', config: { http_endpoint: 'http://collector.test/log', headers: { 'x-token': 'a' } } },
    { name: 'file-log', config: { path: '/dev/stdout', reopen: true } },
    { name: 'pre-function', config: { access: ["kong.service.request.set_header('x-a', 'b')"] } },
    { name: 'post-function', config: { log: ['(kong) => kong.log.notice(1)'] } },
    { name: 'require-claims', enabled: false, config: { scopes: ['read'] } },
  ]
}

function routePlugins(): object[] {
  const anonymous = 'nobody'
  return [
    { name: 'jwt', config: { claims_to_verify: ['exp'], cookie_names: ['jwt'], anonymous } },
    { name: 'key-auth', config: { key_names: ['apikey'], hide_credentials: true, anonymous } },
    { name: 'basic-auth', config: { hide_credentials: true, anonymous } },
    { name: 'hmac-auth', config: { enforce_headers: ['date', '@request-target'], anonymous } },
    {
      name: 'ldap-auth',
      config: { ldap_host: 'ldap.test', base_dn: 'dc=test', attribute: 'uid', start_tls: true, anonymous },
    },
    {
      name: 'oauth2',
      config: {
        scopes: ['read', 'write'],
        mandatory_scope: true,
        enable_authorization_code: true,
        enable_client_credentials: true,
        provision_key: SECRET,
        anonymous,
      },
    },
    { name: 'session', config: { secret: SECRET, cookie_secure: false } },
    {
      name: 'rate-limiting',
      config: { minute: 5, hour: 100, policy: 'local', limit_by: 'header', header_name: 'x-user' },
    },
    { name: 'request-transformer', config: { add: { headers: ['x-a:1'] }, replace: { uri: '/other' } } },
    { name: 'request-termination', enabled: false, config: { status_code: 503, message: 'closed' } },
  ]
}

/** Ids that are the same in every run, where an entity has no other name. */
function uuidOf(name: string): string {
  const digits = createHash('sha256').update(name).digest('hex')
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`
}

async function keys() {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const made = async (name: string, extensions: x509.Extension[]) => {
    const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
      name,
      keys,
      extensions,
      signingAlgorithm: algorithm,
    })
    const key = new Uint8Array(await crypto.subtle.exportKey('pkcs8', keys.privateKey))
    return { certificate: certificate.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') }
  }
  const leaf = await made('CN=api.test', [])
  const authority = await made('CN=Authority', [new x509.BasicConstraintsExtension(true)])
  const signer = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  return { ...leaf, authority: authority.certificate, ...signer }
}
