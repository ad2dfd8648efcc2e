import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Tags,
} from 'yaml'

/** One document of a file. */
export interface ManifestDocument {
  /** Plain data. */
  readonly value: unknown
  /** The line (1-based) of the place, or of what is nearest around it. */
  readonly lineOf: (path: readonly (string | number)[]) => number
}

/** What keeps one document from being read. */
export interface DocumentProblem {
  readonly line: number | null
  readonly message: string
}

export interface Documents {
  readonly documents: readonly ManifestDocument[]
  readonly problems: readonly DocumentProblem[]
}

/** In bytes. Manifests of a large installation come to a few megabytes. */
export const LARGEST_FILE = 32 * 1024 * 1024

/**
 * YAML as kubectl reads it: of version 1.1 (`yes` is a truth value), but without its dates, its sixties and its types
 * beyond JSON.
 */
const NOT_READ = ['tag:yaml.org,2002:timestamp', 'tag:yaml.org,2002:binary', 'tag:yaml.org,2002:set']
const withoutOddities = (tags: Tags): Tags =>
  tags.filter(
    (tag) => typeof tag !== 'object' || (!NOT_READ.includes(tag.tag) && !('format' in tag && tag.format === 'TIME')),
  )

/** Reads a file's text into its documents; those that are wrong keep out only themselves. */
export function readDocuments(text: string): Documents {
  const lines = new LineCounter()
  let parsed: readonly Document[]
  try {
    parsed = parseAllDocuments(text, {
      lineCounter: lines,
      version: '1.1',
      merge: true,
      prettyErrors: false,
      customTags: withoutOddities,
    }) as readonly Document[]
  } catch (error) {
    // Nested so deeply that the stack does not suffice.
    return { documents: [], problems: [{ line: null, message: messageOf(error) }] }
  }
  const documents: ManifestDocument[] = []
  const problems: DocumentProblem[] = []
  for (const document of parsed) {
    const wrong = document.errors[0]
    if (wrong !== undefined) {
      problems.push({ line: lines.linePos(wrong.pos[0]).line, message: wrong.message })
      continue
    }
    if (document.contents === null) continue
    const lineOf = (path: readonly (string | number)[]) => lines.linePos(offsetOf(document, path)).line
    try {
      const value: unknown = document.toJS()
      if (value !== null && value !== undefined) documents.push({ value, lineOf })
    } catch (error) {
      // Aliases that blow up: more than a hundred uses of one anchor inside each other.
      problems.push({ line: lineOf([]), message: messageOf(error) })
    }
  }
  return { documents, problems }
}

/** Where the key, or the item, that a path leads to begins; if there is none, the last one on the way. */
function offsetOf(document: Document, path: readonly (string | number)[]): number {
  let node: unknown = document.contents
  let offset = startOf(node) ?? 0
  for (const step of path) {
    if (isAlias(node)) node = node.resolve(document)
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
      if (pair === undefined) break
      offset = startOf(pair.key) ?? offset
      node = pair.value
    } else if (isSeq(node)) {
      node = node.items[Number(step)]
      offset = startOf(node) ?? offset
    } else break
  }
  return offset
}

const startOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0]

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
