import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ReadOutcome, VaultMeans } from './vault.ts'
import { nodeVaultSettings, placeOf } from './vault-config.ts'
import { makeVaults } from './vaults.ts'

interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: string
}
type Answer = { readonly status?: number; readonly json?: unknown; readonly text?: string }

/** All vaults, over a made-up environment, disk and network. */
function world(given: { env?: object; files?: object; server?: (asked: Asked) => Answer | null; time?: number }) {
  const state = { time: given.time ?? Date.parse('2026-01-01T00:00:00Z') }
  const asked: Asked[] = []
  const files = new Map(Object.entries(given.files ?? {}))
  const means: VaultMeans = {
    env: { ...given.env },
    now: () => state.time,
    async readFile(path) {
      const text = files.get(path)
      if (typeof text === 'string') return text
      const code = [...files.keys()].some((name) => name.startsWith(`${path}/`)) ? 'EISDIR' : 'ENOENT'
      throw Object.assign(new Error(code), { code })
    },
    async fetch(input, init) {
      const request = new Request(input, init)
      const one = { method: request.method, url: request.url, headers: request.headers, body: await request.text() }
      asked.push(one)
      const answer = given.server?.(one) ?? null
      if (answer === null)
        throw new TypeError('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
      return new Response(answer.text ?? JSON.stringify(answer.json ?? {}), { status: answer.status ?? 200 })
    },
  }
  const vaults = makeVaults(means)
  async function read(type: string, config: object, resource: string, key: string | null = null, version?: number) {
    const place = placeOf(type, { ...config }, {})
    if ('problem' in place) return place.problem
    const outcome: ReadOutcome = await vaults.get(type)!.read({ resource, key, version: version ?? null }, place.config)
    return outcome.ok ? `= ${outcome.value}` : outcome.problem
  }
  return { read, asked, files, state }
}

describe('the vault env', () => {
  const { read } = world({
    env: { MY_SECRET: 'a', APP_MY_SECRET: 'b', MY_SECRET_PREVIOUS: 'old', DB: '{"user":"u","port":1}', TEXT: 'x' },
  })
  const rows: [what: string, read: Promise<string>, outcome: string][] = [
    ['reads a variable, in capitals and with _', read('env', {}, 'my-secret'), '= a'],
    ['puts its prefix before the name', read('env', { prefix: 'app-' }, 'my-secret'), '= b'],
    ['reads the version before as _PREVIOUS', read('env', {}, 'my-secret', null, 2), '= old'],
    ['reads a member of a JSON object', read('env', {}, 'db', 'user'), '= u'],
    ['takes no number for a secret', read('env', {}, 'db', 'port'), "its member 'port' is no text"],
    ['misses a member', read('env', {}, 'db', 'toString'), "it has no member 'toString'"],
    ['misses JSON', read('env', {}, 'text', 'user'), "it is no JSON, so it has no member 'user'"],
    ['misses a variable', read('env', {}, 'nope'), 'the environment variable NOPE is not set'],
  ]
  for (const [what, outcome, expected] of rows) it(what, async () => assert.equal(await outcome, expected))
})

describe('the vault file', () => {
  const { read } = world({
    files: {
      '/run/s/token': 'abc\n',
      '/run/s/app/password': 'pw',
      '/run/s/db.json': '{"user":"u"}',
      '/etc/shadow': 'x',
    },
  })
  const config = { prefix: '/run/s' }
  const rows: [what: string, read: Promise<string>, outcome: string][] = [
    ['reads a file, without the line break at its end', read('file', config, 'token'), '= abc'],
    ['is called fs by Kong', read('fs', config, 'token'), '= abc'],
    ['reads a file in a folder', read('file', config, 'app', 'password'), '= pw'],
    ['reads a member of a JSON file', read('file', config, 'db.json', 'user'), '= u'],
    ['misses a file', read('file', config, 'nope'), 'there is no such file'],
    ['reads no folder', read('file', config, 'app'), 'this is a folder, not a file'],
    ['has no versions', read('file', config, 'token', null, 2), 'files have no versions'],
    [
      'reads nothing without a folder',
      read('file', {}, 'token'),
      'the vault needs `prefix`, the folder that its files are in',
    ],
    ...['../../etc/shadow', 'app/../../../etc/shadow', './token', 'a\\b'].map(
      (name): [string, Promise<string>, string] => [
        `does not leave its folder: ${name}`,
        read('file', config, name),
        'the name of the file must be below the folder of the vault',
      ],
    ),
    [
      'does not leave it by a key',
      read('file', config, 'app', '..'),
      'the name of the file must be below the folder of the vault',
    ],
  ]
  for (const [what, outcome, expected] of rows) it(what, async () => assert.equal(await outcome, expected))
})

describe('the vault hcv', () => {
  const secret =
    (data: object) =>
    (asked: Asked): Answer =>
      asked.headers.get('x-vault-token') === 't'
        ? { json: { data } }
        : { status: 403, json: { errors: ['permission denied'] } }

  it('reads version 1 of the engine with a token', async () => {
    const { read, asked } = world({ server: secret({ password: 'pw' }) })
    const config = { token: 't', host: 'vault.test', port: 1, protocol: 'https', mount: 'kv', namespace: 'team' }
    assert.equal(await read('hcv', config, 'my app/db', 'password'), '= pw')
    assert.equal(asked[0]?.url, 'https://vault.test:1/v1/kv/my%20app/db')
    assert.equal(asked[0]?.headers.get('x-vault-namespace'), 'team')
  })
  it('reads version 2 of the engine, and an older version of a secret', async () => {
    const { read, asked } = world({ server: secret({ data: { password: 'pw' }, metadata: {} }) })
    assert.equal(await read('hcv', { token: 't', kv: 'v2' }, 'db', 'password', 3), '= pw')
    assert.equal(asked[0]?.url, 'http://127.0.0.1:8200/v1/secret/data/db?version=3')
  })
  it('gives all values as JSON when none is named', async () => {
    const { read } = world({ server: secret({ a: '1', b: '2' }) })
    assert.equal(await read('hcv', { token: 't' }, 'db'), '= {"a":"1","b":"2"}')
  })

  const login = (path: string, fits: (body: Record<string, unknown>) => boolean) => {
    let logins = 0
    return (asked: Asked): Answer | null => {
      if (asked.url.endsWith(`/v1/auth/${path}/login`)) {
        const good = fits(JSON.parse(asked.body))
        return good ? { json: { auth: { client_token: `t${++logins}`, lease_duration: 100 } } } : { status: 400 }
      }
      if (asked.url.endsWith('/v1/sys/wrapping/unwrap')) {
        return asked.headers.get('x-vault-token') === 'wrapped'
          ? { json: { data: { secret_id: 'si' } } }
          : { status: 400 }
      }
      return asked.headers.get('x-vault-token') === `t${logins}` ? { json: { data: { p: 'pw' } } } : { status: 403 }
    }
  }
  const count = (asked: readonly Asked[]) => asked.filter(({ url }) => url.endsWith('/login')).length
  const approle = { auth_method: 'approle', approle_role_id: 'ri', approle_secret_id: 'si' }
  const isRole = (body: Record<string, unknown>) => body['role_id'] === 'ri' && body['secret_id'] === 'si'

  it('logs in by AppRole once for all, and again when the token is about to end', async () => {
    const { read, asked, state } = world({ server: login('approle', isRole) })
    const answers = await Promise.all([read('hcv', approle, 'db', 'p'), read('hcv', approle, 'other', 'p')])
    assert.deepEqual([answers, count(asked)], [['= pw', '= pw'], 1])
    state.time += 89_000
    await read('hcv', approle, 'db', 'p')
    assert.equal(count(asked), 1)
    state.time += 1000
    assert.equal(await read('hcv', approle, 'db', 'p'), '= pw')
    assert.equal(count(asked), 2)
  })
  it('logs in again when the token was revoked', async () => {
    let revoked = false
    const server = login('approle', isRole)
    const { read, asked } = world({
      server: (one) => {
        if (!revoked || one.url.endsWith('/login')) return server(one)
        revoked = false
        return { status: 403 }
      },
    })
    await read('hcv', approle, 'db', 'p')
    revoked = true
    assert.equal(await read('hcv', approle, 'db', 'p'), '= pw')
    assert.equal(count(asked), 2)
  })
  it('takes the secret id from a file, or out of its wrapping', async () => {
    const { read } = world({ files: { '/si': 'si\n' }, server: login('roles', isRole) })
    const config = { auth_method: 'approle', approle_role_id: 'ri', approle_auth_path: 'roles' }
    assert.equal(await read('hcv', { ...config, approle_secret_id_file: '/si' }, 'db', 'p'), '= pw')
    const wrapped = { ...config, approle_secret_id: 'wrapped', approle_response_wrapping: true }
    assert.equal(await read('hcv', wrapped, 'db', 'p'), '= pw')
  })
  it('logs in by a Kubernetes service account', async () => {
    const { read } = world({
      files: { '/token': 'jwt\n' },
      server: login('kubernetes', ({ role, jwt }) => role === 'gate' && jwt === 'jwt'),
    })
    const config = { auth_method: 'kubernetes', kube_role: 'gate', kube_api_token_file: '/token' }
    assert.equal(await read('hcv', config, 'db', 'p'), '= pw')
  })

  const failures: [what: string, config: object, server: () => Answer | null, problem: string][] = [
    ['without a token', {}, () => ({}), 'the vault needs `token`'],
    ['that can’t be reached', { token: 't' }, () => null, "127.0.0.1:8200 can't be reached (ECONNREFUSED)"],
    ['with a bad token', { token: 'x' }, () => ({ status: 403 }), 'the token may not read it (403)'],
    ['without the secret', { token: 't' }, () => ({ status: 404 }), 'there is no such secret'],
    ['that is sealed', { token: 't' }, () => ({ status: 503 }), 'the server answered 503'],
    ['that answers nonsense', { token: 't' }, () => ({ text: '<html>' }), 'it holds no named values'],
    ['that lets nobody in', approle, () => ({ status: 400 }), 'logging in was refused (400)'],
  ]
  for (const [what, config, server, problem] of failures) {
    it(`${what}: ${problem}`, async () => {
      assert.equal(await world({ server }).read('hcv', config, 'db', 'p'), problem)
    })
  }
})

describe('the vault aws', () => {
  const KEYS = { AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'key' }
  const config = { region: 'eu-west-1' }
  const STS = (id: string) =>
    `<R><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>k</SecretAccessKey><SessionToken>s</SessionToken><Expiration>2026-01-01T01:00:00Z</Expiration></Credentials></R>`
  const value = (secret: unknown = '{"password":"pw"}') => ({ json: { SecretString: secret } })
  const signer = (asked: Asked) => /Credential=([^/]+)\//.exec(asked.headers.get('authorization') ?? '')?.[1]

  it('asks Secrets Manager, signed', async () => {
    const { read, asked } = world({ env: KEYS, server: () => value() })
    assert.equal(await read('aws', config, 'prod/db', 'password'), '= pw')
    assert.equal(asked[0]?.url, 'https://secretsmanager.eu-west-1.amazonaws.com/')
    assert.deepEqual(JSON.parse(asked[0]?.body ?? ''), { SecretId: 'prod/db' })
    assert.equal(asked[0]?.headers.get('x-amz-target'), 'secretsmanager.GetSecretValue')
    assert.match(
      asked[0]?.headers.get('authorization') ?? '',
      /^AWS4-HMAC-SHA256 Credential=AKID\/\d{8}\/eu-west-1\/secretsmanager\/aws4_request/,
    )
  })
  it('asks another address, and for the version before', async () => {
    const { read, asked } = world({ env: { ...KEYS, AWS_REGION: 'us-east-1' }, server: () => value('text') })
    assert.equal(await read('aws', { endpoint_url: 'http://localhost:4566' }, 'x', null, 2), '= text')
    assert.equal(asked[0]?.url, 'http://localhost:4566/')
    assert.deepEqual(JSON.parse(asked[0]?.body ?? ''), { SecretId: 'x', VersionStage: 'AWSPREVIOUS' })
  })
  it('takes on a role first, and keeps it until shortly before it ends', async () => {
    const { read, asked, state } = world({
      env: KEYS,
      server: ({ url }) => (url.includes('sts') ? { text: STS('ROLE') } : value('v')),
    })
    const role = { ...config, assume_role_arn: 'arn:aws:iam::1:role/r' }
    assert.deepEqual([await read('aws', role, 'x'), await read('aws', role, 'y')], ['= v', '= v'])
    assert.deepEqual(asked.map(signer), ['AKID', 'ROLE', 'ROLE'])
    assert.equal(new URLSearchParams(asked[0]?.body).get('RoleSessionName'), 'KongVault')
    assert.equal(asked[1]?.headers.get('x-amz-security-token'), 's')
    state.time += 3_540_000
    await read('aws', role, 'x')
    assert.deepEqual(asked.slice(3).map(signer), ['AKID', 'ROLE'])
  })

  const METADATA = { AccessKeyId: 'FOUND', SecretAccessKey: 'k', Token: 't', Expiration: '2026-01-01T01:00:00Z' }
  const chain: [what: string, given: Parameters<typeof world>[0]][] = [
    [
      'a web identity',
      {
        env: { AWS_WEB_IDENTITY_TOKEN_FILE: '/jwt', AWS_ROLE_ARN: 'arn:aws:iam::1:role/w' },
        files: { '/jwt': 'web' },
        server: ({ url, body }) =>
          !url.includes('sts')
            ? value('v')
            : body.includes('WebIdentityToken=web')
              ? { text: STS('FOUND') }
              : { status: 400 },
      },
    ],
    [
      'a profile',
      {
        env: { HOME: '/home/u', AWS_PROFILE: 'gate' },
        files: {
          '/home/u/.aws/credentials':
            '[default]\naws_access_key_id = OTHER\naws_secret_access_key = k\n[gate]\naws_access_key_id=FOUND\naws_secret_access_key=k\n',
        },
        server: () => value('v'),
      },
    ],
    [
      'the container',
      {
        env: { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/creds', AWS_CONTAINER_AUTHORIZATION_TOKEN: 'auth' },
        server: ({ url, headers }) =>
          url !== 'http://169.254.170.2/creds'
            ? value('v')
            : headers.get('authorization') === 'auth'
              ? { json: METADATA }
              : { status: 403 },
      },
    ],
    [
      'the instance',
      {
        server: ({ url, method, headers }) => {
          if (url.endsWith('/latest/api/token')) return method === 'PUT' ? { text: 'imds' } : { status: 405 }
          if (!url.startsWith('http://169.254.169.254/')) return value('v')
          if (headers.get('x-aws-ec2-metadata-token') !== 'imds') return { status: 401 }
          return url.endsWith('/security-credentials/') ? { text: 'role' } : { json: METADATA }
        },
      },
    ],
  ]
  for (const [what, given] of chain) {
    it(`finds credentials of ${what}`, async () => {
      const { read, asked } = world(given)
      assert.equal(await read('aws', config, 'x'), '= v')
      assert.equal(signer(asked.at(-1)!), 'FOUND')
    })
  }

  const failures: [what: string, given: Parameters<typeof world>[0], config: object, problem: RegExp][] = [
    ['no region', { env: KEYS }, {}, /^the vault needs `region`/],
    ['no credentials', {}, config, /^no AWS credentials: set AWS_ACCESS_KEY_ID/],
    [
      'no such secret',
      { env: KEYS, server: () => ({ status: 400, json: { __type: 'ResourceNotFoundException' } }) },
      config,
      /^Secrets Manager refused \(ResourceNotFoundException\)$/,
    ],
    ['nobody there', { env: KEYS }, config, /^secretsmanager\.eu-west-1\.amazonaws\.com can't be reached/],
  ]
  for (const [what, given, settings, problem] of failures) {
    it(`fails: ${what}`, async () => assert.match(await world(given).read('aws', settings, 'x'), problem))
  }
})

describe('settings of a vault', () => {
  it('keep references within the folder that the vault names', () => {
    const place = placeOf('file', { prefix: '/run/secrets' }, { prefix: '/' })
    assert.match('problem' in place ? place.problem : '', /^the vault alone says its setting 'prefix'/)
    assert.ok('config' in placeOf('env', { prefix: 'a-' }, { prefix: 'b-' }))
    assert.ok('config' in placeOf('aws', {}, { region: 'eu-west-1' }))
  })
  it('come from variables, ours before Kong’s', () => {
    const env = {
      KONG_VAULT_HCV_HOST: 'a',
      SALLYPORT_VAULT_HCV_HOST: 'b',
      KONG_VAULT_HCV_KV: 'v2',
      KONG_VAULT_HCV_DECODE_BASE64: 'true',
    }
    assert.deepEqual(nodeVaultSettings('hcv', env), { host: 'b', kv: 'v2', base64_decode: 'true' })
  })
  it('are read as what they are, those of the reference on top', () => {
    const place = placeOf('hcv', { port: '1', base64_decode: 'true', ttl: '60' }, { ttl: '5', kv: 'v2' })
    assert.ok('config' in place)
    const { port, base64_decode, ttl, kv, mount } = place.config
    assert.deepEqual([port, base64_decode, ttl, kv, mount], [1, true, 5, 'v2', 'secret'])
  })
  const bad: [own: object, options: Record<string, string>, problem: RegExp][] = [
    [{}, { colour: 'red' }, /^a vault of type hcv has no setting 'colour'$/],
    [{}, { constructor: 'x' }, /^a vault of type hcv has no setting 'constructor'$/],
    [{}, Object.fromEntries([['__proto__', 'x']]), /^a vault of type hcv has no setting '__proto__'$/],
    [{ host: 'a' }, { host: 'evil' }, /^the vault alone says its setting 'host': a reference can't$/],
    [{}, { protocol: 'http' }, /^the vault alone says its setting 'protocol'/],
    [{}, { token: 'x' }, /^the vault alone says its setting 'token'/],
    [{}, { kube_api_token_file: '/etc/passwd' }, /^the vault alone says its setting 'kube_api_token_file'/],
    [{}, { ttl: 'soon' }, /^the vault's setting 'ttl' has a value that it can't have$/],
    [{ auth_method: 'gcp_iam' }, {}, /'auth_method'/],
  ]
  for (const [own, options, problem] of bad) {
    it(`${JSON.stringify({ ...own, ...options })} is refused`, () => {
      const place = placeOf('hcv', { ...own }, options)
      assert.match('problem' in place ? place.problem : '', problem)
    })
  }
})
