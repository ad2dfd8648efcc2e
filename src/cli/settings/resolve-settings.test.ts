import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CommandFailure, UsageError } from '../failure.ts'
import { resolveSettings } from './resolve-settings.ts'
import { type SettingName, settings, variableOf } from './settings.ts'

interface Given {
  readonly flags?: Readonly<Record<string, readonly string[]>>
  readonly env?: Readonly<Record<string, string>>
  /** By name. */
  readonly files?: Readonly<Record<string, string>>
}

function resolve({ flags = {}, env = {}, files = {} }: Given) {
  return resolveSettings(
    (flag) => flags[flag] ?? [],
    env,
    (file) => files[file] ?? null,
  )
}

describe('precedence', () => {
  const file = { 'sallyport.yaml': 'proxy:\n  http: 127.0.0.1:3' }
  const rows: [string, Given, number][] = [
    [
      'a flag wins',
      { flags: { 'proxy-http': ['127.0.0.1:1'] }, env: { SALLYPORT_PROXY_HTTP: '127.0.0.1:2' }, files: file },
      1,
    ],
    ['else the variable', { env: { SALLYPORT_PROXY_HTTP: '127.0.0.1:2' }, files: file }, 2],
    ['an empty variable says nothing', { env: { SALLYPORT_PROXY_HTTP: '' }, files: file }, 3],
    ['else the file', { files: file }, 3],
    ['else the default', {}, 8000],
  ]
  for (const [sentence, given, port] of rows) {
    it(sentence, () => assert.deepEqual(resolve(given).proxyHttp, { host: '127.0.0.1', port }))
  }
})

describe('the settings file', () => {
  it('is sallyport.yaml of the working directory, and its being used is known', () => {
    assert.equal(resolve({ files: { 'sallyport.yaml': 'h2c: on' } }).config, 'sallyport.yaml')
    assert.equal(resolve({}).config, null)
  })
  it('is another one where a flag or variable names it', () => {
    const files = { 'a/b.yaml': 'h2c: true', 'sallyport.yaml': '' }
    assert.equal(resolve({ flags: { config: ['a/b.yaml'] }, files }).h2c, true)
    assert.equal(resolve({ env: { SALLYPORT_CONFIG: 'a/b.yaml' }, files }).config, 'a/b.yaml')
  })
  it('may be empty', () => assert.equal(resolve({ files: { 'sallyport.yaml': '# nothing\n' } }).workers, 1))
  it('names files relative to itself', () => {
    const text = 'sources: [kong:x.yaml, kong:/abs.yaml]\nstore: sqlite:s.db'
    const { sources, store } = resolve({ flags: { config: ['etc/s.yaml'] }, files: { 'etc/s.yaml': text } })
    assert.deepEqual(sources, ['kong:etc/x.yaml', 'kong:/abs.yaml'])
    assert.equal(store, 'sqlite:etc/s.db')
    const url = 'postgres://gate:hush@db.test/gateway'
    const more = { flags: { config: ['etc/s.yaml'] }, files: { 'etc/s.yaml': `store: ${url}` } }
    assert.equal(resolve(more).store, url)
  })
  it('can set everything that a flag can', () => {
    const text = [
      'sources: kong:a.yaml',
      'store: memory',
      'store-keys: keys.txt',
      'policies: [mine]',
      'functions: on',
      'workers: 1',
      'proxy:\n  http: off\n  https: "[::1]:1"',
      'listeners: [ns/gw/web=https://127.0.0.2:443]',
      'admin: localhost:2',
      'status: off',
      'admin-token-file: tokens',
      'admin-cert: cert.pem',
      'admin-key: key.pem',
      'admin-client-ca: ca.pem',
      'admin-hosts: [Admin.example.com]',
      'trusted-ips: [10.0.0.0/8, "::1"]',
      'proxy-protocol: on',
      'access-log: off',
      'exact: [crit, base64]',
      'exact-hosts: true',
      'h2c: true',
    ]
    assert.deepEqual(resolve({ files: { 'sallyport.yaml': text.join('\n') } }), {
      config: 'sallyport.yaml',
      sources: ['kong:a.yaml'],
      store: 'memory',
      storeKeys: 'keys.txt',
      policies: ['mine'],
      functions: true,
      workers: 1,
      proxyHttp: null,
      proxyHttps: { host: '::1', port: 1 },
      listeners: [{ listener: 'ns/gw/web', secure: true, address: { host: '127.0.0.2', port: 443 } }],
      admin: { host: 'localhost', port: 2 },
      adminTokenFile: 'tokens',
      adminCert: 'cert.pem',
      adminKey: 'key.pem',
      adminClientCa: 'ca.pem',
      adminHosts: ['admin.example.com'],
      status: null,
      trustedIps: ['10.0.0.0/8', '::1'],
      proxyProtocol: true,
      accessLog: false,
      exact: ['crit', 'base64'],
      exactHosts: true,
      h2c: true,
    })
  })

  const bad: [string, string, RegExp][] = [
    ['an unknown key', 'h2c: on\nadmim: off', /^sallyport\.yaml:2: admim: unknown setting; here may stand: .*admin/],
    ['an unknown key inside', 'proxy:\n  htp: off', /:2: proxy\.htp: unknown setting; here may stand: http, https$/],
    ['a bad value', 'proxy:\n  http: 8000', /^sallyport\.yaml:2: proxy\.http: '8000': expected HOST:PORT/],
    ['a section that is none', 'proxy: off', /:1: proxy: expected a record of settings/],
    ['a list where one is expected', 'store: [memory]', /:1: store: expected one value, not a list/],
    ['no value', 'store:', /:1: store: expected plain text/],
    ['no YAML', 'a: b: c', /^sallyport\.yaml:1: /],
    ['the same key twice', 'h2c: on\nh2c: off', /^sallyport\.yaml:2: .*unique/],
    ['a settings file in a settings file', 'config: x', /config: unknown setting/],
  ]
  for (const [sentence, text, expected] of bad) {
    it(`refuses ${sentence}`, () => {
      assert.throws(
        () => resolve({ files: { 'sallyport.yaml': text } }),
        (error: Error) => error instanceof CommandFailure && expected.test(error.message),
      )
    })
  }
  it('lists every problem', () => {
    const files = { 'sallyport.yaml': 'x: 1\ny: 2' }
    assert.throws(() => resolve({ files }), /:1: x: .*\n.*:2: y: /)
  })
  it('must be there when it is named', () => {
    assert.throws(() => resolve({ flags: { config: ['gone.yaml'] } }), /gone\.yaml: there is no such settings file/)
  })
})

describe('bad values', () => {
  const rows: [flag: string, value: string, expected: RegExp][] = [
    ['proxy-http', '8000', /expected HOST:PORT/],
    ['proxy-http', 'host:65536', /expected HOST:PORT/],
    ['proxy-http', '::1:8000', /in brackets/],
    ['status', 'on', /expected HOST:PORT/],
    ['store', 'redis:x', /expected memory, sqlite:FILE or postgres:/],
    ['store', 'sqlite:', /expected memory, sqlite:FILE or postgres:/],
    ['source', 'kong.yaml', /expected kong:FILE/],
    ['source', 'apisix:x', /this dialect is not supported yet/],
    ['workers', '0', /from 1 to 99/],
    ['workers', 'many', /expected a number of workers/],
    ['trusted-ips', '10.0.0.0/33', /expected an address or a range/],
    ['trusted-ips', 'proxy.local', /expected an address or a range/],
    ['admin-hosts', 'https://admin.example.com', /expected the name of a host/],
    ['access-log', 'maybe', /expected on or off/],
  ]
  for (const [flag, value, expected] of rows) {
    it(`--${flag} ${value} is wrong usage, and says what is expected`, () => {
      assert.throws(
        () => resolve({ flags: { [flag]: [value] } }),
        (error: Error) =>
          error instanceof UsageError &&
          error.message.startsWith(`--${flag}: '${value}': `) &&
          expected.test(error.message),
      )
    })
  }
  it('that may hold a password are not repeated', () => {
    assert.throws(
      () => resolve({ flags: { store: ['postgres://gate:hush'] } }),
      (error: Error) => {
        return error.message.startsWith("--store: 'postgres://…': expected postgres://") && !/hush/.test(error.message)
      },
    )
  })
  it('of a variable are reported under its name', () => {
    assert.throws(() => resolve({ env: { SALLYPORT_WORKERS: 'x' } }), /^Error: SALLYPORT_WORKERS: 'x': /)
  })
})

describe('good values', () => {
  it('of lists are repeated, or joined by commas', () => {
    assert.deepEqual(resolve({ flags: { source: ['kong:a', 'kong:b,kong:c'] } }).sources, [
      'kong:a',
      'kong:b',
      'kong:c',
    ])
    assert.deepEqual(resolve({ env: { SALLYPORT_TRUSTED_IPS: '::1, 10.0.0.0/8' } }).trustedIps, ['::1', '10.0.0.0/8'])
  })
  it('name files from the folder of the settings file, or as they are on the command line', () => {
    const files = { 'conf/gateway.yaml': 'admin-cert: tls/cert.pem\nadmin-key: /abs/key.pem\n' }
    const found = resolve({ flags: { config: ['conf/gateway.yaml'], 'admin-client-ca': ['ca.pem'] }, files })
    assert.deepEqual(
      [found.adminCert, found.adminKey, found.adminClientCa, found.adminTokenFile],
      ['conf/tls/cert.pem', '/abs/key.pem', 'ca.pem', null],
    )
  })
  it('put the store into the data folder of the user, which XDG_DATA_HOME may move', () => {
    assert.equal(resolve({ env: { XDG_DATA_HOME: '/data' } }).store, 'sqlite:/data/sallyport/store.db')
    assert.match(
      resolve({ env: { XDG_DATA_HOME: 'relative' } }).store,
      /^sqlite:\/.*\.local\/share\/sallyport\/store\.db$/,
    )
  })
})

it('every setting but the file itself has a key, and variables follow the flags', () => {
  for (const name of Object.keys(settings) as SettingName[]) {
    assert.equal(settings[name].key === null, name === 'config')
    assert.match(variableOf(settings[name]), /^SALLYPORT_[A-Z0-9_]+$/)
  }
})
