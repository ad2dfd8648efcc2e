import { sameSecret } from '../../identity/password/same-secret.ts'
import type { Parameters } from './parameters.ts'

/** True when the request comes from the application that asks users for consent. */
export function hasProvisionKey(parameters: Parameters, provisionKey: string | null): boolean {
  const given = parameters.text('provision_key')
  return given !== undefined && provisionKey !== null && sameSecret(given, provisionKey)
}
