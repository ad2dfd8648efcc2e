import { parseReference, type SecretReference } from '../../secrets/reference.ts'
import type { KnownVault } from '../../secrets/vault-config.ts'
import type { Command, Group, Input } from '../command.ts'
import { CommandFailure, UsageError } from '../failure.ts'
import { adminClient, gatewayFlags } from '../gateway/gateway-flags.ts'
import type { Io } from '../io.ts'

const getCommand: Command = {
  name: 'get',
  summary: 'Print the value that a reference stands for',
  details: [
    'The value is read from where this command runs, with its variables: it need not be what a gateway elsewhere reads. A vault that is not named by its type (env, file, fs, hcv, aws) is looked up in the gateway.',
  ],
  positionals: [{ name: 'REFERENCE', description: '{vault://NAME/RESOURCE/KEY}, or without {vault:// and }.' }],
  flags: gatewayFlags,
  examples: ['vault get env/my-secret', "vault get '{vault://hcv/db/password}'"],
  run: get,
}

async function get(input: Input, io: Io): Promise<number> {
  const given = input.positional('REFERENCE')
  const text = given.startsWith('{') ? given : `{vault://${given}}`
  const reference = parseReference(text)
  if ('problem' in reference) throw new UsageError(`REFERENCE: '${given}': ${reference.problem}`)

  // Loaded here, so that the small commands need not wait for every kind of vault to load.
  const { placeNamed } = await import('../../secrets/vault-config.ts')
  const { vaultSchemas } = await import('../../secrets/vault-schemas.ts')
  const { Secrets } = await import('../../secrets/secrets.ts')
  const { makeVaults } = await import('../../secrets/vaults.ts')
  const { vaultMeans } = await import('../../app/open-secrets.ts')
  const { systemClock } = await import('../../base/clock.ts')

  const known = Object.hasOwn(vaultSchemas, reference.vault) ? undefined : await vaultOfGateway(reference, input, io)
  const place = placeNamed(reference, known, io.env)
  if ('problem' in place) throw new CommandFailure(place.problem)
  const means = vaultMeans(io.env, systemClock)
  const secrets = new Secrets({ vaults: makeVaults(means), env: io.env, now: means.now })
  const { resource, key, version } = reference
  const held = secrets.hold(text, place, { resource, key, version }, () => {})
  await held.firstReading
  if (held.value === null) throw new CommandFailure(`there is no value: ${held.problem}`)
  io.out(`${held.value}\n`)
  return 0
}

async function vaultOfGateway({ vault }: SecretReference, input: Input, io: Io): Promise<KnownVault> {
  const found = await adminClient(input, io).find(['vaults', vault])
  if (found === null) throw new CommandFailure(`there is no vault '${vault}'`)
  return { type: String(found['name']), config: (found['config'] ?? {}) as KnownVault['config'] }
}

export const vaultGroup: Group = {
  name: 'vault',
  summary: 'Secrets that are kept elsewhere',
  commands: [getCommand],
}
