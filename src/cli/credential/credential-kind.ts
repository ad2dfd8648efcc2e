import type { Flag, Input, Positional } from '../command.ts'
import type { Entity } from '../gateway/admin-client.ts'
import type { Column } from '../gateway/show.ts'

/** What the commands about one kind of credential differ in. */
export interface CredentialKind {
  /** Of the group of commands, and under a consumer in the Admin API. */
  readonly name: string
  readonly path: string
  readonly summary: string
  /** What one is called in a sentence, without and with its article. */
  readonly noun: string
  readonly one: string
  /** Arguments of `add` behind the consumer. */
  readonly positionals: readonly Positional[]
  readonly flags: Readonly<Record<string, Flag>>
  readonly details: readonly string[]
  readonly examples: readonly string[]
  /** What names one of them to `delete`, beside its id. */
  readonly lookup: string
  readonly columns: readonly Column[]
  /** Fields that `ls` shows only when asked to. */
  readonly secrets: readonly string[]
  /** The fields that were given. @throws UsageError, CommandFailure */
  entity(input: Input): Entity
}

/** What stands in the place of a secret. */
export const MASK = '********'
