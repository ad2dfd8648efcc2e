import { awsVault } from './aws/aws-vault.ts'
import { envVault } from './env/env-vault.ts'
import { fileVault } from './file/file-vault.ts'
import { hcvVault } from './hcv/hcv-vault.ts'
import type { Vault, VaultMeans } from './vault.ts'

/** Every type of vault there is, by name. */
export function makeVaults(means: VaultMeans): ReadonlyMap<string, Vault> {
  const file = fileVault(means)
  return new Map<string, Vault>([
    ['env', envVault(means)],
    ['file', file],
    ['fs', file],
    ['hcv', hcvVault(means)],
    ['aws', awsVault(means)],
  ])
}
