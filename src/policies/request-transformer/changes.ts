import { compileTemplate, type RenderedPart, type Template, type TemplateValues } from './template.ts'

/** The five lists of changes to one part of a request, as configured: `name` or `name:value`. */
export interface ChangeLists {
  readonly remove: readonly string[]
  readonly rename: readonly string[]
  readonly replace: readonly string[]
  readonly add: readonly string[]
  readonly append: readonly string[]
}

/** Named values that can be changed. Values are byte strings. */
export interface Table {
  has(name: string): boolean
  remove(name: string): void
  rename(from: string, to: string): void
  /** Sets the one value of the name. */
  set(name: string, value: string): void
  append(name: string, value: string): void
}

/** Makes the changes. @throws whatever the table refuses to take. */
export type Changes = (table: Table, values: TemplateValues) => void

/** @returns null when there is nothing to change. */
export function compileChanges(lists: ChangeLists): Changes | null {
  const removed = lists.remove.map((entry) => splitEntry(entry).name)
  const renamed = lists.rename.map(splitEntry)
  const replaced = valued(lists.replace)
  const added = valued(lists.add)
  const appended = valued(lists.append)
  if (removed.length + renamed.length + replaced.length + added.length + appended.length === 0) return null
  return (table, values) => {
    for (const name of removed) table.remove(name)
    for (const { name, value } of renamed) if (table.has(name)) table.rename(name, value)
    for (const { name, value } of replaced) if (table.has(name)) table.set(name, rendered(value(values)))
    for (const { name, value } of added) if (!table.has(name)) table.set(name, rendered(value(values)))
    for (const { name, value } of appended) table.append(name, rendered(value(values)))
  }
}

/** `name:value`; colons right behind the name belong to neither. */
export function splitEntry(entry: string): { readonly name: string; readonly value: string } {
  const [, name, value] = /^([^:]+):*([\s\S]*)$/.exec(entry) ?? []
  return { name: name ?? '', value: value ?? '' }
}

export function rendered(parts: readonly RenderedPart[]): string {
  return parts.map(({ text }) => text).join('')
}

/** An entry without value changes nothing. */
function valued(entries: readonly string[]): { readonly name: string; readonly value: Template }[] {
  return entries
    .map(splitEntry)
    .filter(({ value }) => value !== '')
    .map(({ name, value }) => ({ name, value: compileTemplate(value) }))
}
