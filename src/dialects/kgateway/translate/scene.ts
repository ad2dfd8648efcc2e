import type { Resources } from '../resources/resources.ts'
import type { Backends } from './backends.ts'
import type { Extensions } from './extensions.ts'
import type { Grants } from './grants.ts'
import type { Output } from './output.ts'
import type { Settings } from './settings.ts'

/** What every part of a translation needs at hand. */
export interface Scene {
  readonly resources: Resources
  readonly grants: Grants
  readonly backends: Backends
  readonly extensions: Extensions
  readonly output: Output
  readonly settings: Settings
}
