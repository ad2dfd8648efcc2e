import type { Directory } from '../../policy/directory.ts'
import type { OwnEntities } from '../../policy/entities.ts'
import type { Exchange } from '../../policy/exchange.ts'
import type { ClientSecrets } from './clients.ts'
import type { Config } from './schema.ts'
import type { ScopeRule } from './scopes.ts'

/** What the endpoints of one use work with. */
export interface Flow {
  readonly config: Config
  readonly directory: Directory
  readonly entities: OwnEntities
  readonly secrets: ClientSecrets
  readonly scopes: ScopeRule
  readonly useId: string
}

/** Where what is given out is good: for one service, or (null) for every one whose use says that it takes such. */
export function serviceOf({ config }: Flow, exchange: Exchange): string | null {
  return config.global_credentials ? null : (exchange.route?.service?.id ?? null)
}

/** True where what is given out would be good for nothing here, and everywhere where tokens of all services are taken. */
export function isWithoutService({ config }: Flow, exchange: Exchange): boolean {
  return !config.global_credentials && (exchange.route?.service ?? null) === null
}

/** The id in a row's pointer to another. */
export function idIn(pointer: unknown): string | null {
  return typeof pointer === 'object' && pointer !== null && 'id' in pointer ? String(pointer.id) : null
}

export const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null)
