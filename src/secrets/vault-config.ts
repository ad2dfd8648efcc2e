import type { SecretReference } from './reference.ts'
import type { VaultConfig } from './vault.ts'
import { vaultSchemas } from './vault-schemas.ts'

type Env = Readonly<Record<string, string | undefined>>

/**
 * Settings that a reference may change for itself: they choose among what the vault shows. Where the vault is and what it
 * is shown, the vault alone says: whoever may write a reference may only write their own API key, as a rule, and
 * `?host=evil.example` would send them the gateway's token, `?prefix=/` every file.
 */
const OPTIONS: Readonly<Record<string, ReadonlySet<string>>> = {
  env: new Set(['prefix']),
  hcv: new Set(['mount', 'kv', 'namespace']),
  aws: new Set(['region']),
}
const OPTIONS_OF_ALL: ReadonlySet<string> = new Set(['ttl', 'neg_ttl', 'resurrect_ttl', 'base64_decode'])

/** Where a reference leads: a type of vault and its settings, those of the reference included. */
export interface VaultPlace {
  readonly type: string
  readonly config: VaultConfig
}

/**
 * Settings of the vault that has a type for its name, from variables: `SALLYPORT_VAULT_HCV_HOST`, or as Kong has it
 * `KONG_VAULT_HCV_HOST`.
 */
export function nodeVaultSettings(type: string, env: Env): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const field of Object.keys(vaultSchemas[type]!.shape)) {
    const name = `VAULT_${type}_${field}`.toUpperCase()
    const decode = `VAULT_${type}_DECODE_BASE64`.toUpperCase()
    const names = field === 'base64_decode' ? [name, decode] : [name]
    const value = names.map((each) => env[`SALLYPORT_${each}`] ?? env[`KONG_${each}`]).find((each) => each)
    if (value !== undefined) settings[field] = value
  }
  return settings
}

/** A vault of the configuration: its type, and its settings as they were written. */
export interface KnownVault {
  readonly type: string
  readonly config: Readonly<Record<string, unknown>>
}

/**
 * Where a reference leads.
 *
 * @param known the vault of the configuration whose prefix the reference names, if there is one; else it names a type.
 */
export function placeNamed(
  { vault, options }: SecretReference,
  known: KnownVault | undefined,
  env: Env,
): VaultPlace | { readonly problem: string } {
  if (known !== undefined) return placeOf(known.type, known.config, options)
  if (!Object.hasOwn(vaultSchemas, vault)) return { problem: `there is no vault '${vault}'` }
  return placeOf(vault, nodeVaultSettings(vault, env), options)
}

/** The vault's own settings with those of the reference on top. */
export function placeOf(
  type: string,
  own: Readonly<Record<string, unknown>>,
  options: SecretReference['options'],
): VaultPlace | { readonly problem: string } {
  const schema = Object.hasOwn(vaultSchemas, type) ? vaultSchemas[type] : undefined
  if (schema === undefined) return { problem: `there is no type of vault '${type}'` }
  const told: Record<string, unknown> = {}
  for (const [name, value] of Object.entries({ ...own, ...options })) {
    // Names are anybody's: `constructor` is none of ours.
    const field = Object.hasOwn(schema.shape, name) ? schema.shape[name] : undefined
    if (field === undefined) return { problem: `a vault of type ${type} has no setting '${name}'` }
    if (Object.hasOwn(options, name) && !OPTIONS_OF_ALL.has(name) && !OPTIONS[type]?.has(name)) {
      return { problem: `the vault alone says its setting '${name}': a reference can't` }
    }
    // Variables and queries are text; numbers and switches are what the schema says they are.
    const readings = typeof value === 'string' ? [value, numberIn(value), switchIn(value)] : [value]
    const fit = readings.find((reading) => reading !== undefined && field.safeParse(reading).success)
    if (fit === undefined) return { problem: `the vault's setting '${name}' has a value that it can't have` }
    told[name] = fit
  }
  const parsed = schema.safeParse(told)
  return parsed.success ? { type, config: parsed.data } : { problem: 'the settings of the vault are incomplete' }
}

const numberIn = (text: string) => (text.trim() === '' ? undefined : Number(text))
const switchIn = (text: string) =>
  text === 'true' || text === 'on' ? true : text === 'false' || text === 'off' ? false : undefined
