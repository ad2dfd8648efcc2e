import { stringify } from 'yaml'
import type { Input } from '../command.ts'
import type { Io } from '../io.ts'
import type { Entity } from './admin-client.ts'

/** A column of a table: its heading, and what stands in it. */
export type Column = readonly [heading: string, cell: (entity: Entity) => string]

/** Shows entities as the flag `--output` asks. JSON and YAML show all fields, tables the columns. */
export function show(entities: readonly Entity[], columns: readonly Column[], input: Input, io: Io): void {
  io.out(render(entities, entities, columns, input))
}

/** As `show`, of one: JSON and YAML are then the entity itself, not a list. */
export function showOne(entity: Entity, columns: readonly Column[], input: Input, io: Io): void {
  io.out(render(entity, [entity], columns, input))
}

function render(whole: unknown, rows: readonly Entity[], columns: readonly Column[], input: Input): string {
  switch (input.text('output')) {
    case 'json':
      return `${JSON.stringify(whole, null, 2)}\n`
    case 'yaml':
      return stringify(whole)
    default:
      return table(rows, columns)
  }
}

/** Columns as wide as their widest cell. Nothing is ever cut off: what is shown may be the only copy of a secret. */
export function table(rows: readonly Entity[], columns: readonly Column[]): string {
  const lines = [
    columns.map(([heading]) => heading),
    ...rows.map((row) => columns.map(([, cell]) => oneLine(cell(row)))),
  ]
  const widths = columns.map((_, n) => Math.max(...lines.map((line) => line[n]!.length)))
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, n) => cell.padEnd(widths[n]!))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('')
}

/** What others wrote into an entity must not move the cursor of who reads it. */
function oneLine(text: string): string {
  return text.replace(
    /[\u0000-\u001f\u007f-\u009f]/g,
    (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
}

/** A field as text; `-` where there is none. */
export function field(name: string): (entity: Entity) => string {
  return (entity) => {
    const value = entity[name]
    return value === null || value === undefined ? '-' : String(value)
  }
}
