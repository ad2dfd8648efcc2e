/**
 * `sallyport/policy`: what policies of users' own are written with. These names stay what they are; everything else in
 * the project may become another thing any day.
 */
export { z } from 'zod'
export type { Clock } from '../base/clock.ts'
export { headerValue } from '../base/header-value.ts'
export { member, memberAt } from '../base/strict-json.ts'
export type { Consumer, Credential, Directory } from './directory.ts'
export type { EntityOutcome, OwnEntities } from './entities.ts'
export type { Exchange, ResponseView, RouteInfo, ServiceInfo } from './exchange.ts'
export {
  flag,
  headerName,
  integer,
  list,
  map,
  number,
  oneOf,
  optional,
  record,
  secret,
  set,
  text,
} from './fields.ts'
export type { Identity, Principal } from './identity.ts'
export type { Outcome } from './outcome.ts'
export {
  type CompiledPolicy,
  type CredentialNames,
  definePolicy,
  type EntityDefinition,
  type Fetch,
  type Phase,
  type PolicyDefinition,
  type PolicyLog,
  type Tools,
} from './policy.ts'
export type { Reason, RefusalDetail } from './reason.ts'
export type { Registry } from './registry.ts'
export {
  type Abstain,
  type Answer,
  type Answered,
  abstain,
  answered,
  type Denied,
  denied,
  type Identified,
  identified,
  type Next,
  next,
  type Verdict,
} from './verdict.ts'
