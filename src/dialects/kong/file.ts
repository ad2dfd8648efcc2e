import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { Clock } from '../../base/clock.ts'
import type { Change } from '../../model/model.ts'
import type { Problem } from '../../model/problem.ts'
import type { AnyPolicy } from '../../policy/policy.ts'
import { entityKinds } from './entities/kinds.ts'
import { checkDrafts, type DeclaredEntity } from './file/check-drafts.ts'
import { collectEntities } from './file/collect.ts'
import { readDocument } from './file/document.ts'
import { withEnvironment } from './file/environment.ts'
import { isRecord, readSettings } from './file/settings.ts'
import { KongModel } from './to-model.ts'

/** A declarative file, read: whole, or with every problem in it and nothing else. */
export interface KongFile {
  /** The entities as a store would hold them, each behind what it points at. */
  readonly entities: readonly DeclaredEntity[]
  /** What they come to in the model: one `put` for each record. */
  readonly changes: readonly Change[]
  readonly problems: readonly Problem[]
  /** What keeps an element from being served, but not the file: references to secrets that lead nowhere. */
  readonly warnings: readonly Problem[]
  /** Tags that the file gives to all of its entities (decK's `select_tags`). */
  readonly tags: readonly string[]
}

/**
 * Reads a declarative file (`.yaml`, `.yml` or `.json`); a file that can't be opened is a problem too.
 *
 * @param seed as for `readKongText`.
 */
export function readKongFile(path: string, policies: readonly AnyPolicy[], clock: Clock, seed?: string): KongFile {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    return refused([{ source: path, line: null, path: '', message: unreadable(error) }])
  }
  return readKongText(text, path, policies, clock, process.env, seed)
}

/**
 * Reads the text of a declarative file.
 *
 * @param source its name, for problems.
 * @param environment what `${{ env "DECK_…" }}` is taken from.
 * @param seed what keys and secrets that the file leaves out are made of: whoever reads it with the same seed has the same.
 */
export function readKongText(
  text: string,
  source: string,
  policies: readonly AnyPolicy[],
  clock: Clock,
  environment: Readonly<Record<string, string | undefined>> = {},
  seed: string = randomUUID(),
): KongFile {
  const filled = withEnvironment(text, source, environment)
  if (filled.problems.length > 0) return refused(filled.problems)
  const document = readDocument(filled.text, source)
  if (document.problems.length > 0) return refused(document.problems)
  const root = document.value
  if (!isRecord(root))
    return refused([document.problemAt([], 'expected a declarative configuration: a record of sections')])

  const now = clock.now()
  const kinds = entityKinds(policies, () => now)
  const settings = readSettings(root, document)
  const collected = collectEntities(root, kinds, settings, document)
  const checked = checkDrafts(collected.drafts, settings, document, now, seed)
  const problems = [...settings.problems, ...collected.problems, ...checked.problems]
  if (problems.length > 0) return refused(problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)))

  const rank = new Map([...kinds.keys()].map((kind, n) => [kind, n]))
  const entities = checked.entities.toSorted((a, b) => rank.get(a.kind)! - rank.get(b.kind)!)
  const { warnings } = checked
  return { entities, changes: changesOf(entities, policies), problems: [], warnings, tags: settings.tags }
}

/** One `put` for each record of the model: an upstream is there once, with all of its targets. */
function changesOf(entities: readonly DeclaredEntity[], policies: readonly AnyPolicy[]): Change[] {
  const model = new KongModel(policies)
  const changes = new Map<string, Change>()
  for (const entity of entities) {
    for (const change of model.changes({ op: 'put', entity, expiresAt: entity.expiresAt })) {
      changes.set(`${change.kind} ${change.op === 'put' ? change.value.id : change.id}`, change)
    }
  }
  return [...changes.values()]
}

/** What keeps a file from being read, without the system's own words where they say too little or the name again. */
function unreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'this is a folder, not a file'
  if (code === 'EACCES') return 'this file may not be read'
  return error instanceof Error ? error.message : String(error)
}

const refused = (problems: readonly Problem[]): KongFile => ({
  entities: [],
  changes: [],
  problems,
  warnings: [],
  tags: [],
})
