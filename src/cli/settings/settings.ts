import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { ListenerSocket } from '../../app/settings.ts'
import type { Address } from '../../plane/plane.ts'
import { EXACT, type Exact } from '../../policy/exact.ts'
import {
  addressRange,
  exactName,
  fileName,
  folderName,
  hostName,
  listenAddress,
  listenerSocket,
  onOrOff,
  optionalFileName,
  type ParseText,
  shownStore,
  sourceName,
  storeName,
  workerCount,
} from './setting-values.ts'

type Env = Readonly<Record<string, string | undefined>>

/** One setting of the gateway. Its variable is the flag in capitals: `--proxy-http` is `SALLYPORT_PROXY_HTTP`. */
export interface Setting<T> {
  readonly flag: string
  /** Path of the key in `sallyport.yaml`; null for what can't stand there. */
  readonly key: readonly string[] | null
  /** How the value is written, for help. */
  readonly hint: string
  readonly description: string
  readonly parse: ParseText<T>
  /** What holds when nobody says anything, as it would be written. */
  readonly fallback: (env: Env) => string | null
  /** A flag without a value: `--h2c`, `--no-h2c`. */
  readonly isSwitch?: true
  /** The value as messages may repeat it, where it can hold a secret. */
  readonly shown?: (text: string) => string
  /** A name relative to the file it stands in, not to the working directory. */
  readonly isPath?: true
  /** As `isPath`, for a name without anything in front. */
  readonly isFile?: true
}

/** A setting with any number of values: the flag repeated, the variable split at commas, a list in the file. */
export interface ListSetting<T> extends Omit<Setting<T>, 'fallback' | 'isSwitch'> {
  readonly isList: true
}

export type AnySetting = Setting<unknown> | ListSetting<unknown>

const always = (text: string | null) => () => text

/** Everything that can be set, in the order in which help lists it. */
export const settings = {
  config: {
    flag: 'config',
    key: null,
    hint: 'FILE',
    description: 'Read settings from this file; sallyport.yaml of the working directory if it is there.',
    parse: fileName,
    fallback: always(null),
  } satisfies Setting<string>,
  sources: {
    flag: 'source',
    key: ['sources'],
    hint: 'DIALECT:PATH',
    description:
      'Serve this configuration too: kong:FILE, kgateway:PATH or kgateway:kube. Asked in the order given, the store last. Repeatable.',
    parse: sourceName,
    isList: true,
    isPath: true,
  } satisfies ListSetting<string>,
  store: {
    flag: 'store',
    key: ['store'],
    hint: 'STORE',
    description:
      'Where the Admin API keeps its entities: memory, sqlite:FILE or postgres://USER:PASSWORD@HOST/DATABASE.',
    parse: storeName,
    shown: shownStore,
    fallback: (env) => `sqlite:${join(dataFolder(env), 'store.db')}`,
    isPath: true,
  } satisfies Setting<string>,
  storeKeys: {
    flag: 'store-keys',
    key: ['store-keys'],
    hint: 'FILE',
    description:
      'Encrypt the secrets in the store with the keys in this file: 32 bytes in base64, one a line, the newest first. The variable may hold the keys themselves.',
    parse: optionalFileName,
    shown: () => '…',
    fallback: always(''),
  } satisfies Setting<string | null>,
  policies: {
    flag: 'policies',
    key: ['policies'],
    hint: 'DIR',
    description: 'Policies of your own: a folder with a folder for each, NAME/policy.ts. Repeatable.',
    parse: folderName,
    isList: true,
    isPath: true,
  } satisfies ListSetting<string>,
  functions: {
    flag: 'functions',
    key: ['functions'],
    hint: 'on|off',
    description: 'Run functions that stand in a configuration (pre-function, post-function) as code of the gateway.',
    parse: onOrOff,
    fallback: always('off'),
  } satisfies Setting<boolean>,
  workers: {
    flag: 'workers',
    key: ['workers'],
    hint: 'N',
    description:
      'Processes that serve requests; with several, one more takes changes. They need a store that is not memory.',
    parse: workerCount,
    fallback: always('1'),
  } satisfies Setting<number>,
  proxyHttp: {
    flag: 'proxy-http',
    key: ['proxy', 'http'],
    hint: 'HOST:PORT|off',
    description: 'Listener of the proxy for HTTP.',
    parse: listenAddress,
    fallback: always('127.0.0.1:8000'),
  } satisfies Setting<Address | null>,
  proxyHttps: {
    flag: 'proxy-https',
    key: ['proxy', 'https'],
    hint: 'HOST:PORT|off',
    description: 'Listener of the proxy for HTTPS.',
    parse: listenAddress,
    fallback: always('127.0.0.1:8443'),
  } satisfies Setting<Address | null>,
  listeners: {
    flag: 'listener',
    key: ['listeners'],
    hint: 'NAME=HOST:PORT',
    description:
      'Serve a listener of a Gateway (NAMESPACE/GATEWAY/LISTENER) on an address of its own; NAME=https://HOST:PORT for one with TLS. Repeatable.',
    parse: listenerSocket,
    isList: true,
  } satisfies ListSetting<ListenerSocket>,
  admin: {
    flag: 'admin',
    key: ['admin'],
    hint: 'HOST:PORT|off',
    description: 'Listener of the Admin API; elsewhere than on loopback it takes tokens or client certificates.',
    parse: listenAddress,
    fallback: always('127.0.0.1:8001'),
  } satisfies Setting<Address | null>,
  adminTokenFile: {
    flag: 'admin-token-file',
    key: ['admin-token-file'],
    hint: 'FILE',
    description:
      'Let only those use the Admin API who send one of the tokens in this file: NAME:TOKEN, one a line. SALLYPORT_ADMIN_TOKEN may hold another.',
    parse: optionalFileName,
    fallback: always(''),
    isFile: true,
  } satisfies Setting<string | null>,
  adminCert: {
    flag: 'admin-cert',
    key: ['admin-cert'],
    hint: 'FILE',
    description: 'Serve the Admin API over TLS with this certificate (PEM, with its chain).',
    parse: optionalFileName,
    fallback: always(''),
    isFile: true,
  } satisfies Setting<string | null>,
  adminKey: {
    flag: 'admin-key',
    key: ['admin-key'],
    hint: 'FILE',
    description: 'The key of that certificate (PEM).',
    parse: optionalFileName,
    fallback: always(''),
    isFile: true,
  } satisfies Setting<string | null>,
  adminClientCa: {
    flag: 'admin-client-ca',
    key: ['admin-client-ca'],
    hint: 'FILE',
    description:
      'Let those use the Admin API who show a certificate of one of these authorities (PEM). Beside tokens, either is enough.',
    parse: optionalFileName,
    fallback: always(''),
    isFile: true,
  } satisfies Setting<string | null>,
  adminHosts: {
    flag: 'admin-hosts',
    key: ['admin-hosts'],
    hint: 'NAME',
    description:
      'Names beside localhost by which browsers may reach the Admin API, and whose pages may use it. Repeatable.',
    parse: hostName,
    isList: true,
  } satisfies ListSetting<string>,
  status: {
    flag: 'status',
    key: ['status'],
    hint: 'HOST:PORT|off',
    description: 'Listener of /livez, /readyz and /metrics.',
    parse: listenAddress,
    fallback: always('127.0.0.1:8100'),
  } satisfies Setting<Address | null>,
  trustedIps: {
    flag: 'trusted-ips',
    key: ['trusted-ips'],
    hint: 'RANGE',
    description: 'Proxies in front whose X-Forwarded-* headers are believed: addresses or ranges. Repeatable.',
    parse: addressRange,
    isList: true,
  } satisfies ListSetting<string>,
  proxyProtocol: {
    flag: 'proxy-protocol',
    key: ['proxy-protocol'],
    hint: 'on|off',
    description: 'Trusted proxies begin each connection with a PROXY protocol header.',
    parse: onOrOff,
    fallback: always('off'),
    isSwitch: true,
  } satisfies Setting<boolean>,
  accessLog: {
    flag: 'access-log',
    key: ['access-log'],
    hint: 'on|off',
    description: 'Write a JSON line for every request to standard output.',
    parse: onOrOff,
    fallback: always('on'),
  } satisfies Setting<boolean>,
  exact: {
    flag: 'exact',
    key: ['exact'],
    hint: 'NAME',
    description: `Do exactly as the original where that is unsafe: ${EXACT.join(', ')} (docs/closed-holes.md). Repeatable.`,
    parse: exactName,
    isList: true,
  } satisfies ListSetting<Exact>,
  exactHosts: {
    flag: 'exact-hosts',
    key: ['exact-hosts'],
    hint: 'on|off',
    description: 'The same as --exact hosts.',
    parse: onOrOff,
    fallback: always('off'),
    isSwitch: true,
  } satisfies Setting<boolean>,
  h2c: {
    flag: 'h2c',
    key: ['h2c'],
    hint: 'on|off',
    description: 'Speak HTTP/2 without TLS with clients that begin with it.',
    parse: onOrOff,
    fallback: always('off'),
    isSwitch: true,
  } satisfies Setting<boolean>,
} as const

export type SettingName = keyof typeof settings

/** The value of every setting. */
export type Settings = {
  readonly [Name in SettingName]: (typeof settings)[Name] extends ListSetting<infer T>
    ? readonly T[]
    : (typeof settings)[Name] extends { parse: ParseText<infer T> }
      ? Name extends 'config'
        ? T | null
        : T
      : never
}

export function variableOf(setting: AnySetting): string {
  return `SALLYPORT_${setting.flag.toUpperCase().replaceAll('-', '_')}`
}

/** Where the XDG base directory specification keeps a user's data; it ignores relative names. */
function dataFolder(env: Env): string {
  const set = env['XDG_DATA_HOME']
  return join(set !== undefined && isAbsolute(set) ? set : join(homedir(), '.local', 'share'), 'sallyport')
}
