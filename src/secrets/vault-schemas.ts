import type { z } from 'zod'
import { flag, integer, number, oneOf, optional, record, secret, text } from '../policy/fields.ts'

/** A secret that may itself stand in another vault: a token in an environment variable, as a rule. */
const credential = (what: string) => optional(secret().meta({ secret: true, referenceable: true })).describe(what)
const named = (what: string) => optional(text()).describe(what)
/** Kong's open-source vault has none of these: shown only where they were given, or decK would find a difference for ever. */
const seconds = (what: string) => optional(number(0, 100_000_000)).meta({ whenGiven: true }).describe(what)

/** What every vault can be told. */
const times = {
  ttl: seconds('Seconds after which a value is read anew; 0 or null: never.'),
  neg_ttl: seconds('Seconds after which a value that could not be had is asked for again; null: 10.'),
  resurrect_ttl: seconds(
    'Seconds beyond `ttl` for which the last good value stays while it can’t be read anew; null: as good as for ever.',
  ),
  base64_decode: flag().default(false).meta({ whenGiven: true }).describe('Values are base64: decode them.'),
}

const env = record({
  prefix: optional(
    text().regex(/^[A-Za-z_-][A-Za-z0-9_-]*$/, 'invalid value: expected the beginning of the name of a variable'),
  ).describe('What the names of all variables begin with.'),
  ...times,
})

const file = record({
  prefix: named('The folder that files are looked for in; nothing outside of it is read.'),
  ...times,
})

const hcv = record({
  protocol: oneOf('http', 'https').default('http').describe('How the server is spoken to.'),
  host: text().default('127.0.0.1').describe('Host of the server.'),
  port: integer(0, 65535).default(8200).describe('Port of the server.'),
  mount: text().default('secret').describe('Path that the key-value engine is mounted at.'),
  kv: oneOf('v1', 'v2').default('v1').describe('Version of the key-value engine.'),
  namespace: named('Namespace of the engine.'),
  auth_method: oneOf('token', 'approle', 'kubernetes').default('token').describe('How to log in.'),
  token: credential('The token of `auth_method: token`.'),
  approle_auth_path: text().default('approle').describe('Path that AppRole is mounted at.'),
  approle_role_id: named('Role id of AppRole.'),
  approle_secret_id: credential('Secret id of AppRole.'),
  approle_secret_id_file: named('File that holds the secret id of AppRole.'),
  approle_response_wrapping: flag().default(false).describe('The secret id is a token that it is wrapped in.'),
  kube_auth_path: text().default('kubernetes').describe('Path that the Kubernetes login is mounted at.'),
  kube_role: named('Role of the Kubernetes login.'),
  kube_api_token_file: text()
    .default('/run/secrets/kubernetes.io/serviceaccount/token')
    .describe('File that holds the token of the service account.'),
  ...times,
})

const aws = record({
  region: named('Region of Secrets Manager; null: AWS_REGION or AWS_DEFAULT_REGION.'),
  endpoint_url: named('Where Secrets Manager is; null: where AWS has it.'),
  assume_role_arn: named('Role to take on before secrets are read.'),
  role_session_name: text().default('KongVault').describe('Name of the session in that role.'),
  sts_endpoint_url: named('Where the token service is; null: where AWS has it.'),
  ...times,
})

/** Every type of vault and its settings, by Kong's names. `fs` is what Kong calls `file`. */
export const vaultSchemas: Readonly<Record<string, z.ZodObject>> = { env, file, fs: file, hcv, aws }
