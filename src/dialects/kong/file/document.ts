import { LineCounter, parseDocument } from 'yaml'
import type { Problem } from '../../../model/problem.ts'

/** Where something stands in a document: names and places, from the root. */
export type Path = readonly (string | number)[]

/** A YAML or JSON text, parsed, that still knows its lines. */
export interface Document {
  /** Plain data; null when there are problems. */
  readonly value: unknown
  readonly problems: readonly Problem[]
  /** The problem at a place, or at the nearest place around it that has a line. */
  problemAt(path: Path, message: string): Problem
}

/** @param source the file's name, for problems. */
export function readDocument(text: string, source: string): Document {
  const lines = new LineCounter()
  const parsed = parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false })
  const problems = parsed.errors.map(
    ({ message, pos }): Problem => ({ source, line: lines.linePos(pos[0]).line, path: '', message }),
  )

  function lineOf(path: Path): number | null {
    for (let length = path.length; length >= 0; length--) {
      const node: unknown = parsed.getIn(path.slice(0, length), true)
      const range = typeof node === 'object' && node !== null && 'range' in node ? node.range : null
      if (Array.isArray(range)) return lines.linePos(range[0]).line
    }
    return null
  }
  function problemAt(path: Path, message: string): Problem {
    return { source, line: lineOf(path), path: pathText(path), message }
  }

  try {
    return { value: problems.length === 0 ? parsed.toJS() : null, problems, problemAt }
  } catch (error) {
    // Aliases that blow up (more than 100 uses of one anchor inside each other) are told here.
    const message = error instanceof Error ? error.message : String(error)
    return { value: null, problems: [{ source, line: null, path: '', message }], problemAt }
  }
}

/** `services[0].routes[1].paths`. */
export function pathText(path: Path): string {
  return path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
    .join('')
    .replace(/^\./, '')
}
