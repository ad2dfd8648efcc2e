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

/** What a text between two `---` comes to. Lines count from its first, which is 0. */
interface Parsed {
  readonly documents: readonly { readonly value: unknown; readonly line: number; readonly index: number }[]
  readonly problems: readonly DocumentProblem[]
}

/** What the texts of a reading came to, for the next one: most of them will be the same. */
export type KnownTexts = ReadonlyMap<string, Parsed>

/**
 * Reads the texts of files into documents; those that are wrong keep out only themselves.
 *
 * Parsing is most of what a reading costs (two seconds for 10,000 objects, in which nothing else is served), so only
 * what was edited is parsed again.
 */
export class DocumentReading {
  readonly #before: KnownTexts
  readonly #known = new Map<string, Parsed>()
  /** The syntax tree last asked for a line: a list asks for those of all its items. */
  #located: { readonly text: string; readonly documents: readonly Document[]; readonly lines: LineCounter } | null =
    null

  constructor(before: KnownTexts = new Map()) {
    this.#before = before
  }

  get known(): KnownTexts {
    return this.#known
  }

  read(text: string): Documents {
    const documents: ManifestDocument[] = []
    const problems: DocumentProblem[] = []
    let first = 1
    for (const part of partsOf(text)) {
      const start = first
      const parsed = this.#known.get(part) ?? this.#before.get(part) ?? parse(part)
      this.#known.set(part, parsed)
      for (const { value, line, index } of parsed.documents) {
        const lineOf = (path: readonly (string | number)[]) =>
          start + (path.length === 0 ? line : this.#lineIn(part, index, path))
        documents.push({ value, lineOf })
      }
      for (const { line, message } of parsed.problems) {
        problems.push({ line: line === null ? null : start + line, message })
      }
      first += part.split('\n').length - 1
    }
    return { documents, problems }
  }

  /** The line of a place, counted from 0. Asked for where something is wrong, so that few syntax trees are made twice. */
  #lineIn(text: string, index: number, path: readonly (string | number)[]): number {
    if (this.#located?.text !== text) {
      const lines = new LineCounter()
      this.#located = { text, documents: composed(text, lines), lines }
    }
    const { documents, lines } = this.#located
    return lines.linePos(offsetOf(documents[index]!, path)).line - 1
  }
}

/** A line that begins so ends a document wherever it stands, also within quotes and block scalars (YAML 1.2 §9.1.2). */
const DOCUMENT_START = /^(?=---(?:\s|$))/m

/** The text, cut before each `---`. Directives stand before the `---` of their own document, and keep a text whole. */
function partsOf(text: string): readonly string[] {
  return /^%/m.test(text) ? [text] : text.split(DOCUMENT_START)
}

function composed(text: string, lineCounter: LineCounter): readonly Document[] {
  return parseAllDocuments(text, {
    lineCounter,
    version: '1.1',
    merge: true,
    prettyErrors: false,
    customTags: withoutOddities,
  }) as readonly Document[]
}

function parse(text: string): Parsed {
  const lines = new LineCounter()
  const lineAt = (offset: number) => lines.linePos(offset).line - 1
  let all: readonly Document[]
  try {
    all = composed(text, lines)
  } catch (error) {
    // Nested so deeply that the stack does not suffice.
    return { documents: [], problems: [{ line: null, message: messageOf(error) }] }
  }
  const documents: Parsed['documents'][number][] = []
  const problems: DocumentProblem[] = []
  all.forEach((document, index) => {
    const wrong = document.errors[0]
    if (wrong !== undefined) {
      problems.push({ line: lineAt(wrong.pos[0]), message: wrong.message })
      return
    }
    if (document.contents === null) return
    const line = lineAt(offsetOf(document, []))
    try {
      const value: unknown = document.toJS()
      if (value !== null && value !== undefined) documents.push({ value, line, index })
    } catch (error) {
      // Aliases that blow up: more than a hundred uses of one anchor inside each other.
      problems.push({ line, message: messageOf(error) })
    }
  })
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
