import { valueInText } from '../one-value.ts'
import { failed, type Vault, type VaultMeans } from '../vault.ts'

/** Secrets in environment variables of the process. They never change while it lives. */
export function envVault({ env }: Pick<VaultMeans, 'env'>): Vault {
  return {
    async read({ resource, key, version }, config) {
      const whole = `${config['prefix'] ?? ''}${resource}`.replaceAll('-', '_').toUpperCase()
      const name = version === 2 ? `${whole}_PREVIOUS` : whole
      const value = env[name]
      return value === undefined ? failed(`the environment variable ${name} is not set`) : valueInText(value, key)
    },
  }
}
